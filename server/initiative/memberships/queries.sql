-- name: begin_application
-- A wish, new or renewed; what was known of the hub is kept.
INSERT INTO hub_applications (actor_id, hub, state, hub_id, hub_handle, hub_follow_id, problem, asked_at)
VALUES (:actor_id, :hub, 'resolving', NULL, '', NULL, '', :now)
ON CONFLICT (actor_id, hub) DO UPDATE SET state = 'resolving', problem = '', asked_at = excluded.asked_at;

-- name: application
-- One wish.
SELECT * FROM hub_applications WHERE actor_id = :actor_id AND hub = :hub;

-- name: applications_to
-- All wishes that one hub can answer.
SELECT * FROM hub_applications WHERE hub_id = :hub_id;

-- name: all_applications
-- For the people who run this instance.
SELECT * FROM hub_applications ORDER BY actor_id, asked_at, hub;

-- name: applications_of
-- The hubs that one initiative applied to, the latest wish first.
SELECT * FROM hub_applications WHERE actor_id = :actor_id ORDER BY asked_at DESC, hub;

-- name: add_step
-- What became of a wish stays readable after it changed again.
INSERT INTO hub_application_steps (actor_id, hub, number, state, problem, happened_at)
SELECT :actor_id, :hub, COALESCE(MAX(number), 0) + 1, :state, :problem, :now
FROM hub_application_steps WHERE actor_id = :actor_id AND hub = :hub;

-- name: forget_old_steps
-- A hub may follow and leave as often as it likes: the last hundred tell enough.
DELETE FROM hub_application_steps
WHERE actor_id = :actor_id AND hub = :hub AND number <= (
    SELECT MAX(number) FROM hub_application_steps WHERE actor_id = :actor_id AND hub = :hub
) - :most;

-- name: steps_of
-- The latest steps of all wishes of one initiative, newest first.
SELECT hub, state, problem, happened_at FROM hub_application_steps
WHERE actor_id = :actor_id ORDER BY happened_at DESC, hub, number DESC LIMIT :limit;

-- name: found_hub
-- The hub was found and asked.
UPDATE hub_applications SET state = 'asked', hub_id = :hub_id, hub_handle = :hub_handle, problem = ''
WHERE actor_id = :actor_id AND hub = :hub AND state IN ('resolving', 'failed');

-- name: set_state
-- What the hub answered, or what stands in the way.
UPDATE hub_applications SET state = :state, problem = :problem, hub_follow_id = :hub_follow_id
WHERE actor_id = :actor_id AND hub = :hub;
