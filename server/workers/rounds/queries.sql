-- name: last_done
-- When a chore last came to its end.
SELECT done_at FROM rounds WHERE name = :name;

-- name: done
-- It has come to its end now.
INSERT INTO rounds (name, done_at) VALUES (:name, :now)
ON CONFLICT (name) DO UPDATE SET done_at = excluded.done_at;
