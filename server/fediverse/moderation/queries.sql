-- name: find_block
-- An actor is refused by its id or by its origin.
SELECT 1 AS found FROM blocks WHERE target = :actor_id OR target = :origin;

-- name: insert_block
-- Blocking twice is blocking.
INSERT INTO blocks (target, created_at, reason, blocked_by) VALUES (:target, :now, :reason, :blocked_by)
ON CONFLICT DO NOTHING;

-- name: drop_followers
-- A blocked actor, or everyone of a blocked origin, follows us no more.
DELETE FROM followers WHERE actor_id = :target
OR actor_id IN (SELECT id FROM remote_actors WHERE origin = :target);

-- name: delete_block
-- Nobody comes back by this: they have to follow again.
DELETE FROM blocks WHERE target = :target;

-- name: all_blocks
-- For the person who keeps the list.
SELECT target, reason, blocked_by, created_at FROM blocks ORDER BY target;
