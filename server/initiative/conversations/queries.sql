-- name: replies_after
-- Shown replies in the order they were written: who reads page by page misses none while others come and go.
SELECT id, published_at FROM call_replies
WHERE call_uri = :call_uri AND state = 'shown'
AND (published_at > :published_at OR (published_at = :published_at AND id > :id))
ORDER BY published_at, id LIMIT :limit;
