-- name: servers_reading_events
-- How many of the servers that follow an initiative show events in a calendar.
SELECT COUNT(DISTINCT remote_actors.origin) AS n
FROM followers JOIN remote_actors ON remote_actors.id = followers.actor_id
JOIN origin_dialects ON origin_dialects.origin = remote_actors.origin AND origin_dialects.dialect = 'event'
WHERE followers.local_actor = :actor_id;
