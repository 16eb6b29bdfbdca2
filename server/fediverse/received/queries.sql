-- name: insert_received
-- Nothing inserted means that it was seen before. What is done with it is done by the same transaction.
INSERT INTO received_activities (digest, body_hash, received_at, processed_at) VALUES (:digest, :body_hash, :now, :now)
ON CONFLICT DO NOTHING;

-- name: body_of
-- One id stands for one activity: the same id with other content is a forgery or a mistake.
SELECT body_hash FROM received_activities WHERE digest = :digest;

-- name: remember_deletion
-- No body has this hash: it is an object that was deleted, not an activity.
INSERT INTO received_activities (digest, body_hash, received_at, processed_at) VALUES (:digest, '', :now, :now)
ON CONFLICT DO NOTHING;

-- name: prune_deletions
-- Nobody sends an activity again after so long.
DELETE FROM received_activities WHERE received_at < :before AND body_hash = '';

-- name: prune
-- Peers repeat an activity for a week at most; a signature that old does not count any more.
DELETE FROM received_activities WHERE received_at < :before AND processed_at IS NOT NULL;
