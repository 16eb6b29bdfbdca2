-- name: replies_after
-- Shown replies in the order they were written: who reads page by page misses none while others come and go. A block
-- counts before the replies of whoever is blocked are erased.
SELECT id, published_at FROM call_replies
WHERE call_uri = :call_uri AND state = 'shown'
AND (published_at > :published_at OR (published_at = :published_at AND id > :id))
AND NOT EXISTS (
    SELECT 1 FROM blocks WHERE target = call_replies.actor_id
    OR target = (SELECT origin FROM remote_actors WHERE remote_actors.id = call_replies.actor_id)
)
ORDER BY published_at, id LIMIT :limit;
