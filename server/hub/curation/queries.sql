-- name: save_wish
-- What shall happen when this initiative applies; a later wish replaces an earlier one.
INSERT INTO hub_wishes (target, wish, reason, expires_at) VALUES (:target, :wish, :reason, :expires_at)
ON CONFLICT (target) DO UPDATE
SET wish = excluded.wish, reason = excluded.reason, expires_at = excluded.expires_at;

-- name: wish_for
-- The wish for an account, by its id or its handle.
SELECT wish, reason FROM hub_wishes
WHERE target IN (:actor_id, :handle) AND expires_at > :now
ORDER BY expires_at DESC LIMIT 1;

-- name: forget_wishes_for
-- Fulfilled.
DELETE FROM hub_wishes WHERE target IN (:actor_id, :handle);

-- name: forget_expired
-- Nobody applied in time.
DELETE FROM hub_wishes WHERE expires_at <= :now;
