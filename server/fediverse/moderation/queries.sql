-- name: find_block
-- Any of a few refused targets, by the primary key.
SELECT 1 AS found FROM blocks
WHERE target IN (
    :t0, :t1, :t2, :t3, :t4, :t5, :t6, :t7, :t8, :t9, :t10, :t11, :t12, :t13, :t14, :t15, :t16, :t17, :t18, :t19
)
LIMIT 1;

-- name: insert_block
-- Blocking twice is blocking.
INSERT INTO blocks (target, created_at, reason, blocked_by) VALUES (:target, :now, :reason, :blocked_by)
ON CONFLICT DO NOTHING;

-- name: delete_block
-- Nobody comes back by this: they have to follow again.
DELETE FROM blocks WHERE target IN (:target, :older);

-- name: all_blocks
-- For the person who keeps the list.
SELECT target, reason, blocked_by, created_at FROM blocks ORDER BY target;

-- name: all_targets
-- For the list in memory.
SELECT target FROM blocks;

-- name: origins_known
-- Every server that follows, is owed something or has read a call: which of them are blocked is a question of labels.
SELECT origin FROM remote_actors UNION SELECT origin FROM deliveries WHERE state = 'pending'
UNION SELECT origin FROM call_readers;

-- name: authors_of_replies
-- Everybody who has answered a call.
SELECT DISTINCT actor_id FROM call_replies;

-- name: drop_followers_at
-- Everybody of a blocked server follows us no more.
DELETE FROM followers WHERE actor_id IN (SELECT id FROM remote_actors WHERE origin = :origin);

-- name: drop_follower
-- A blocked account follows us no more.
DELETE FROM followers WHERE actor_id = :actor_id;

-- name: drop_deliveries_to
-- Nothing more is sent to a blocked server; the client would refuse it anyway, one by one.
UPDATE deliveries SET state = 'dropped', ended_at = :now, lease_until = NULL, last_reason = 'blocked'
WHERE state = 'pending' AND origin = :origin;

-- name: drop_readers_at
-- A blocked server learns of no change to what it has read.
DELETE FROM call_readers WHERE origin = :origin;

-- name: drop_replies_of
-- What a blocked account has answered, waiting or shown.
DELETE FROM call_replies WHERE actor_id = :actor_id;
