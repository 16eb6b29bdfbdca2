-- name: insert_received
-- Nothing inserted means that it was seen before.
INSERT INTO received_activities (digest, body_hash, received_at) VALUES (:digest, :body_hash, :now)
ON CONFLICT DO NOTHING;

-- name: body_of
-- One id stands for one activity: the same id with other content is a forgery or a mistake.
SELECT body_hash FROM received_activities WHERE digest = :digest;

-- name: finish
-- Understood or ignored, but done with.
UPDATE received_activities SET processed_at = :now WHERE digest = :digest;

-- name: prune
-- Peers repeat an activity for a week at most; a signature that old does not count any more.
DELETE FROM received_activities WHERE received_at < :before AND processed_at IS NOT NULL;
