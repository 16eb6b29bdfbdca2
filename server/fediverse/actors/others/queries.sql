-- name: remember_actor
-- The latest fetch of an actor wins.
INSERT INTO remote_actors (id, type, inbox, shared_inbox, origin, handle, fetched_at)
VALUES (:id, :type, :inbox, :shared_inbox, :origin, :handle, :fetched_at)
ON CONFLICT (id) DO UPDATE SET
    type = excluded.type, inbox = excluded.inbox, shared_inbox = excluded.shared_inbox,
    handle = excluded.handle, fetched_at = excluded.fetched_at;

-- name: drop_keys
-- Keys that the actor no longer lists must not count any more.
DELETE FROM remote_keys WHERE actor_id = :actor_id;

-- name: remember_key
-- Of two actors of one server that both list a key id, the one fetched last has it; the other is fetched again.
INSERT INTO remote_keys (id, actor_id, kind, public) VALUES (:id, :actor_id, :kind, :public)
ON CONFLICT (id) DO UPDATE SET actor_id = excluded.actor_id, kind = excluded.kind, public = excluded.public;

-- name: actor_by_id
-- What is remembered of one actor.
SELECT id, type, inbox, shared_inbox, handle, fetched_at FROM remote_actors WHERE id = :id;

-- name: actor_by_key
-- The owner of a key that signed a request.
SELECT remote_actors.id, type, inbox, shared_inbox, handle, fetched_at
FROM remote_keys JOIN remote_actors ON remote_actors.id = remote_keys.actor_id
WHERE remote_keys.id = :key_id;

-- name: keys_of
-- All keys of one actor.
SELECT id, kind, public FROM remote_keys WHERE actor_id = :actor_id;

-- name: somebody_at
-- Whether anybody of a server is known.
SELECT id FROM remote_actors WHERE origin = :origin LIMIT 1;

-- name: whereabouts
-- Where to deliver what is for one actor alone, or for the public.
SELECT inbox, shared_inbox, origin FROM remote_actors WHERE id = :id;

-- name: behind_inbox
-- Who may be gone when an inbox answers 404 or 410; a shared inbox can stand for many, a few tell.
SELECT id FROM remote_actors WHERE inbox = :inbox OR shared_inbox = :inbox ORDER BY id LIMIT :limit;

-- name: forget_follower
-- A deleted actor follows nobody.
DELETE FROM followers WHERE actor_id = :actor_id;

-- name: end_following
-- Nobody follows a deleted actor.
UPDATE following SET state = 'ended', reason = 'gone'
WHERE target = :actor_id AND state IN ('pending', 'accepted');

-- name: forget_actor
-- The actor and, by the reference, its keys.
DELETE FROM remote_actors WHERE id = :actor_id;

-- name: forget_errands
-- Nothing is to be asked any more of somebody who is forgotten, and a question that failed would keep their name for a month.
DELETE FROM errands WHERE subject = :actor_id;

-- name: forget_unrelated
-- Who neither follows nor is followed after writing to us: a like or a boost leaves nobody's name here. Of whoever's reply
-- is kept the key is: without it nobody could tell us that it, or its author, is deleted.
DELETE FROM remote_actors
WHERE id = :actor_id
AND NOT EXISTS (SELECT 1 FROM followers WHERE followers.actor_id = remote_actors.id)
AND NOT EXISTS (SELECT 1 FROM call_replies WHERE call_replies.actor_id = remote_actors.id)
AND NOT EXISTS (
    SELECT 1 FROM following
    WHERE following.target = remote_actors.id AND following.state IN ('pending', 'accepted')
);

-- name: prune_unrelated
-- Actors that wrote to us once and have nothing to do with us: their keys were a cache. Replies as above.
DELETE FROM remote_actors
WHERE fetched_at < :before
AND NOT EXISTS (SELECT 1 FROM followers WHERE followers.actor_id = remote_actors.id)
AND NOT EXISTS (SELECT 1 FROM call_replies WHERE call_replies.actor_id = remote_actors.id)
AND NOT EXISTS (
    SELECT 1 FROM following
    WHERE following.target = remote_actors.id AND following.state IN ('pending', 'accepted')
);
