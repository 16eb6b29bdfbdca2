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

-- name: found_hub
-- The hub was found and asked.
UPDATE hub_applications SET state = 'asked', hub_id = :hub_id, hub_handle = :hub_handle, problem = ''
WHERE actor_id = :actor_id AND hub = :hub AND state IN ('resolving', 'failed');

-- name: set_state
-- What the hub answered, or what stands in the way.
UPDATE hub_applications SET state = :state, problem = :problem, hub_follow_id = :hub_follow_id
WHERE actor_id = :actor_id AND hub = :hub;
