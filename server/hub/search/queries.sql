-- name: number_of_initiative
-- The number an initiative's words are kept under; a new one if it has none yet.
INSERT INTO hub_searchable (actor_id) VALUES (:actor_id)
ON CONFLICT (actor_id) WHERE call_uri IS NULL DO UPDATE SET actor_id = excluded.actor_id
RETURNING number;

-- name: number_of_call
-- The number a call's words are kept under; a new one if it has none yet.
INSERT INTO hub_searchable (actor_id, call_uri) VALUES (:actor_id, :call_uri)
ON CONFLICT (call_uri) WHERE call_uri IS NOT NULL DO UPDATE SET actor_id = excluded.actor_id
RETURNING number;

-- name: insert_terms
-- The words under their number.
INSERT INTO hub_terms (rowid, title, words) VALUES (:number, :title, :words);

-- name: delete_terms
-- Older words under this number.
DELETE FROM hub_terms WHERE rowid = :number;

-- name: delete_terms_of_call
-- Before its number goes.
DELETE FROM hub_terms WHERE rowid IN (SELECT number FROM hub_searchable WHERE call_uri = :call_uri);

-- name: delete_call
-- The call cannot be found any more.
DELETE FROM hub_searchable WHERE call_uri = :call_uri;

-- name: delete_terms_of_actor
-- Before their numbers go.
DELETE FROM hub_terms WHERE rowid IN (SELECT number FROM hub_searchable WHERE actor_id = :actor_id);

-- name: delete_actor
-- Neither the initiative nor any of its calls can be found any more.
DELETE FROM hub_searchable WHERE actor_id = :actor_id;

-- name: owe_purge
-- Deleted terms are still in the index's older parts.
INSERT INTO hub_terms_to_purge (owed) VALUES (1) ON CONFLICT (owed) DO NOTHING;

-- name: settle_purge
-- They are about to go.
DELETE FROM hub_terms_to_purge;

-- name: merge_terms
-- One part without anything that was deleted; with secure_delete the bytes of the old ones are zeroed.
INSERT INTO hub_terms (hub_terms) VALUES ('optimize');

-- name: search
-- What fits, open calls and initiatives before closed calls, words in titles counting most. A disputed initiative is not
-- shown: its words may be somebody else's.
SELECT s.actor_id, s.call_uri
FROM hub_terms JOIN hub_searchable s ON s.number = hub_terms.rowid
JOIN hub_listings l ON l.actor_id = s.actor_id AND l.state = 'listed' AND l.disputed = 0
LEFT JOIN hub_calls c ON c.uri = s.call_uri
WHERE hub_terms MATCH :match
ORDER BY CASE WHEN c.state = 'closed' THEN 1 ELSE 0 END, bm25(hub_terms, 6.0, 1.0), s.number
LIMIT :limit OFFSET :offset;

-- name: count_found
-- How much fits.
SELECT COUNT(*) AS found
FROM hub_terms JOIN hub_searchable s ON s.number = hub_terms.rowid
JOIN hub_listings l ON l.actor_id = s.actor_id AND l.state = 'listed' AND l.disputed = 0
WHERE hub_terms MATCH :match;

-- name: initiatives_without_words
-- Listed before there was an index.
SELECT l.actor_id FROM hub_listings l
WHERE l.state = 'listed'
    AND NOT EXISTS (SELECT 1 FROM hub_searchable s WHERE s.actor_id = l.actor_id AND s.call_uri IS NULL);

-- name: calls_without_words
-- Kept before there was an index.
SELECT c.uri FROM hub_calls c WHERE NOT EXISTS (SELECT 1 FROM hub_searchable s WHERE s.call_uri = c.uri);
