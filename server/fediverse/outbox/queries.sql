-- name: insert_activity
-- The bytes as every peer will get them.
INSERT INTO activities (id, actor_id, object_id, document, listed, is_public, redated, created_at)
VALUES (:id, :actor_id, :object_id, :document, :listed, :is_public, :redated, :now);

-- name: fan_out
-- One statement from followers to distinct inboxes: however many follow on one server, it gets one delivery. Of an Event
-- and a Note that say the same each server gets the one that it reads: a dialect not learned is the Note's.
INSERT INTO deliveries (
    activity_id, inbox, origin, object_id, state, attempts, first_due, due_at, fence, last_reason
)
SELECT :activity_id, COALESCE(shared_inbox, inbox), MIN(remote_actors.origin), :object_id, 'pending', 0, :now, :now, 0, ''
FROM followers JOIN remote_actors ON remote_actors.id = followers.actor_id
LEFT JOIN origin_dialects ON origin_dialects.origin = remote_actors.origin
WHERE followers.local_actor = :actor_id
AND (CAST(:dialect AS TEXT) IS NULL OR COALESCE(origin_dialects.dialect, 'note') = :dialect)
GROUP BY COALESCE(shared_inbox, inbox)
ON CONFLICT DO NOTHING;

-- name: insert_delivery
-- An inbox named by whoever publishes; the fan-out may have named it too.
INSERT INTO deliveries (
    activity_id, inbox, origin, object_id, state, attempts, first_due, due_at, fence, last_reason
)
VALUES (:activity_id, :inbox, :origin, :object_id, 'pending', 0, :now, :now, 0, '')
ON CONFLICT DO NOTHING;

-- name: said_before
-- The latest of what was said about an object and is still known, to compare an edit with.
SELECT document FROM activities WHERE object_id = :object_id AND document IS NOT NULL ORDER BY id DESC LIMIT 1;

-- name: inboxes_told
-- Who was sent anything about an object, as long as deliveries are remembered.
SELECT DISTINCT deliveries.inbox, deliveries.origin
FROM activities JOIN deliveries ON deliveries.activity_id = activities.id
WHERE activities.object_id = :object_id AND deliveries.state IN ('pending', 'done') ORDER BY deliveries.inbox;

-- name: hurry_what_stands_before
-- The new activity waits behind earlier ones about its object; what only silence holds back is tried with it.
UPDATE deliveries SET due_at = :now
WHERE state = 'pending' AND object_id = :object_id AND due_at > :now AND last_reason = 'no-answer';

-- name: erase_activities
-- Everything said about a withdrawn object; the rows stay, so that their ids answer 410.
UPDATE activities SET document = NULL WHERE object_id = :object_id AND document IS NOT NULL;

-- name: drop_deliveries
-- What has not begun to travel stays at home; what is on its way ends by itself, and the Delete waits for it.
UPDATE deliveries SET state = 'dropped', ended_at = due_at, last_reason = 'erased'
WHERE object_id = :object_id AND state = 'pending' AND lease_until IS NULL;

-- name: find_activity
-- Somebody asks for one activity by its id.
SELECT id, actor_id, document, is_public FROM activities WHERE id = :id;

-- name: last_activity
-- The one that sorts after all others.
SELECT MAX(id) AS id FROM activities;

-- name: first_page
-- The newest of an outbox.
SELECT id, actor_id, document, is_public FROM activities
WHERE actor_id = :actor_id AND listed = 1 AND document IS NOT NULL
ORDER BY id DESC LIMIT :limit;

-- name: page_before
-- What is older than the last one of the page before: nothing twice and nothing left out while new ones arrive.
SELECT id, actor_id, document, is_public FROM activities
WHERE actor_id = :actor_id AND listed = 1 AND document IS NOT NULL AND id < :before
ORDER BY id DESC LIMIT :limit;

-- name: count_listed
-- The outbox's `totalItems`.
SELECT COUNT(*) AS n FROM activities WHERE actor_id = :actor_id AND listed = 1 AND document IS NOT NULL;

-- name: prune_unlisted
-- Accepts, Follows and their like name others and are needed until they are delivered.
DELETE FROM activities
WHERE listed = 0 AND created_at < :before AND document IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.activity_id = activities.id);
