-- name: dialect_of_origin
-- What was learned of one server.
SELECT dialect, software, learned_at FROM origin_dialects WHERE origin = :origin;

-- name: remember_dialect
-- What NodeInfo says now.
INSERT INTO origin_dialects (origin, dialect, software, learned_at)
VALUES (:origin, :dialect, :software, :now)
ON CONFLICT (origin) DO UPDATE SET
    dialect = excluded.dialect, software = excluded.software, learned_at = excluded.learned_at;

-- name: remember_silence
-- It does not say: what is known of it stays, what was never known is a Note, and it is left in peace for a while.
INSERT INTO origin_dialects (origin, dialect, software, learned_at) VALUES (:origin, 'note', '', :now)
ON CONFLICT (origin) DO UPDATE SET learned_at = excluded.learned_at;

-- name: forget_dialects
-- Nobody there follows anybody here any more.
DELETE FROM origin_dialects
WHERE NOT EXISTS (
    SELECT 1 FROM remote_actors JOIN followers ON followers.actor_id = remote_actors.id
    WHERE remote_actors.origin = origin_dialects.origin
);

-- name: origins_to_ask
-- Servers with followers here of which nothing is known, or nothing new for long.
SELECT DISTINCT remote_actors.origin
FROM followers JOIN remote_actors ON remote_actors.id = followers.actor_id
LEFT JOIN origin_dialects ON origin_dialects.origin = remote_actors.origin
WHERE remote_actors.origin <> :our_origin
AND (origin_dialects.origin IS NULL OR origin_dialects.learned_at < :before)
ORDER BY remote_actors.origin LIMIT :limit;
