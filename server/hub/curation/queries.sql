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

-- name: save_examination
-- What was found this time.
INSERT INTO hub_examinations (actor_id, examined_at, findings) VALUES (:actor_id, :examined_at, :findings)
ON CONFLICT (actor_id) DO UPDATE SET examined_at = excluded.examined_at, findings = excluded.findings;

-- name: examination_of
-- What was found last time.
SELECT examined_at, findings FROM hub_examinations WHERE actor_id = :actor_id;

-- name: forget_examination
-- The application or listing has ended.
DELETE FROM hub_examinations WHERE actor_id = :actor_id;

-- name: preview_call
-- For editors alone; no list, feed or map reads this table.
INSERT INTO hub_previewed_calls (actor_id, uri, document) VALUES (:actor_id, :uri, :document)
ON CONFLICT (actor_id, uri) DO UPDATE SET document = excluded.document;

-- name: previewed_calls
-- What an applicant asks for, as far as it was read.
SELECT uri, document FROM hub_previewed_calls WHERE actor_id = :actor_id ORDER BY uri;

-- name: forget_previews
-- Decided, or read again.
DELETE FROM hub_previewed_calls WHERE actor_id = :actor_id;
