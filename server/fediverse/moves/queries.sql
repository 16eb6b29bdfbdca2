-- name: last_move
-- Where an actor went last, and when.
SELECT new_actor, moved_at FROM moves WHERE old_actor = :old_actor;

-- name: save_move
-- It has moved, or has moved on.
INSERT INTO moves (old_actor, new_actor, moved_at) VALUES (:old_actor, :new_actor, :now)
ON CONFLICT (old_actor) DO UPDATE SET new_actor = excluded.new_actor, moved_at = excluded.moved_at;

-- name: forget_old
-- They may move again.
DELETE FROM moves WHERE moved_at < :before;
