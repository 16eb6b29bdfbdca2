-- name: insert_follower
-- A repeated Follow brings a new id, which a later Undo will name.
INSERT INTO followers (local_actor, actor_id, follow_id) VALUES (:local_actor, :actor_id, :follow_id)
ON CONFLICT (local_actor, actor_id) DO UPDATE SET follow_id = excluded.follow_id;

-- name: find_follower
-- The Follow by which somebody follows one of our actors.
SELECT follow_id FROM followers WHERE local_actor = :local_actor AND actor_id = :actor_id;

-- name: followed_by
-- Which of our actors somebody follows.
SELECT local_actor, follow_id FROM followers WHERE actor_id = :actor_id;

-- name: delete_follower
-- Undone, or refused.
DELETE FROM followers WHERE local_actor = :local_actor AND actor_id = :actor_id;

-- name: count_followers
-- A number is all the public gets.
SELECT COUNT(*) AS n FROM followers WHERE local_actor = :local_actor;

-- name: insert_following
-- We asked; the answer comes by its id.
INSERT INTO following (follow_id, local_actor, target, state, reason)
VALUES (:follow_id, :local_actor, :target, 'pending', '');

-- name: forget_ended
-- The last ones stay, for answers that come late. Whoever denies each hour that we follow would else fill this table (FEP-8fcf).
DELETE FROM following
WHERE local_actor = :local_actor AND target = :target AND state IN ('rejected', 'ended') AND follow_id NOT IN (
    SELECT latest.follow_id FROM following AS latest
    WHERE latest.local_actor = :local_actor AND latest.target = :target
    ORDER BY latest.follow_id DESC LIMIT :most
);

-- name: following_by_id
-- An Accept or a Reject names the Follow.
SELECT follow_id, local_actor, target, state, reason FROM following WHERE follow_id = :follow_id;

-- name: following_of
-- The latest Follow from one of our actors to one target: follow ids sort by time.
SELECT follow_id, local_actor, target, state, reason FROM following
WHERE local_actor = :local_actor AND target = :target ORDER BY follow_id DESC LIMIT 1;

-- name: set_state
-- What became of a Follow.
UPDATE following SET state = :state, reason = :reason WHERE follow_id = :follow_id;

-- name: following_page
-- A hub's listed initiatives are no secret: they are its directory.
SELECT target FROM following
WHERE local_actor = :local_actor AND state IN ('pending', 'accepted') AND target > :after
ORDER BY target LIMIT :limit;

-- name: count_of_origin
-- How many of one server follow one of our actors: ids of one origin stand side by side in the primary key.
SELECT COUNT(*) AS n FROM followers
WHERE local_actor = :local_actor AND actor_id >= :origin || '/' AND actor_id < :origin || '0';

-- name: owed_to_origin
-- Whether a server already has more waiting for it than it takes: counted no further than that.
SELECT COUNT(*) AS n FROM (
    SELECT 1 FROM deliveries WHERE state = 'pending' AND origin = :origin LIMIT :most
) AS owed;

-- name: end_following
-- They refuse one of our actors: nothing is sent back.
UPDATE following SET state = 'ended', reason = :reason
WHERE local_actor = :local_actor AND target = :target AND state IN ('pending', 'accepted');

-- name: drop_deliveries_to
-- What waits for one inbox by one of our actors.
UPDATE deliveries SET state = 'dropped', ended_at = :now, lease_until = NULL, last_reason = :reason
WHERE state = 'pending' AND inbox = :inbox
AND activity_id IN (SELECT id FROM activities WHERE actor_id = :local_actor);

-- name: count_following
-- The collection's `totalItems`.
SELECT COUNT(*) AS n FROM following WHERE local_actor = :local_actor AND state IN ('pending', 'accepted');

-- name: followers_at
-- Who of one server follows one of ours: told to that server alone (FEP-8fcf).
SELECT followers.actor_id FROM followers JOIN remote_actors ON remote_actors.id = followers.actor_id
WHERE followers.local_actor = :local_actor AND remote_actors.origin = :origin
ORDER BY followers.actor_id LIMIT :limit;

-- name: alive_towards
-- Who of ours follows one actor, or has asked to: to compare with what its server says (FEP-8fcf).
SELECT local_actor, state FROM following WHERE target = :target AND state IN ('pending', 'accepted');

-- name: ask_again
-- Follows that were delivered or refused and never answered are delivered once more, with the same id.
UPDATE deliveries SET state = 'pending', attempts = 0, due_at = :now, ended_at = NULL, last_reason = ''
WHERE state IN ('done', 'failed') AND ended_at < :before AND activity_id IN (
    SELECT follow_id FROM following JOIN activities ON activities.id = following.follow_id
    WHERE following.state = 'pending' AND activities.created_at >= :since
);
