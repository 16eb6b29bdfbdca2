-- name: remember
-- A withdrawn call has nothing more to say; 2000 servers are more than ever read one call honestly.
INSERT INTO call_readers (call_uri, inbox, origin)
SELECT uri, CAST(:inbox AS TEXT), CAST(:origin AS TEXT) FROM calls
WHERE uri = :call_uri
  AND state <> 'withdrawn'
  AND (SELECT COUNT(*) FROM call_readers WHERE call_uri = :call_uri) < :most
ON CONFLICT DO NOTHING;

-- name: inboxes_of
-- Whom an edit or the end of a call is sent to beside followers.
SELECT inbox, origin FROM call_readers WHERE call_uri = :call_uri ORDER BY inbox;

-- name: forget
-- The call is withdrawn.
DELETE FROM call_readers WHERE call_uri = :call_uri;
