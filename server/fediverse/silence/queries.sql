-- name: begin
-- The first failure counts; those after it change nothing.
INSERT INTO silent_origins (origin, since) VALUES (:origin, :now) ON CONFLICT (origin) DO NOTHING;

-- name: end
-- It answered, or said something itself.
DELETE FROM silent_origins WHERE origin = :origin;

-- name: may_wait
-- Whether anything here waits for a server that was thought to be silent: three tables in one look, at every activity. Kinds of
-- errands one after the other, as where they are brought forward.
WITH RECURSIVE kinds (kind) AS (
    SELECT MIN(kind) FROM errands
    UNION ALL
    SELECT (SELECT MIN(errands.kind) FROM errands WHERE errands.kind > kinds.kind) FROM kinds
    WHERE kinds.kind IS NOT NULL
)
SELECT 1 AS found FROM silent_origins WHERE origin = :origin
UNION ALL SELECT 1 AS found FROM origins WHERE origin = :origin
UNION ALL SELECT 1 AS found FROM errands
WHERE kind IN (SELECT kind FROM kinds) AND subject >= :origin || '/' AND subject < :origin || '0'
AND state = 'pending' AND last_reason <> ''
LIMIT 1;

-- name: since
-- When a server became silent; in the row 'ourselves', when we looked around last.
SELECT since FROM silent_origins WHERE origin = :origin;

-- name: look
-- The time up to which silence was counted, in a row that no server can have.
INSERT INTO silent_origins (origin, since) VALUES ('ourselves', :now)
ON CONFLICT (origin) DO UPDATE SET since = excluded.since;

-- name: put_off
-- Time in which we could not have heard anybody is nobody's silence.
UPDATE silent_origins SET since = since + :milliseconds WHERE origin <> 'ourselves';

-- name: begin_anew
-- How long we have been listening is not known: it counts from now on.
UPDATE silent_origins SET since = :now WHERE origin <> 'ourselves' AND since < :now;

-- name: silent
-- Who has been silent since before a moment and is still owed something, longest first.
SELECT origin, since, (
    SELECT COUNT(*) FROM remote_actors JOIN followers ON followers.actor_id = remote_actors.id
    WHERE remote_actors.origin = silent_origins.origin
) AS followers
FROM silent_origins
WHERE since <= :before AND origin NOT IN ('ourselves', :own)
ORDER BY since, origin LIMIT :limit;

-- name: answered_lately
-- Somebody else answered: a delivery arrived, or an actor was fetched. What we sent to ourselves went over no network.
SELECT 1 AS found FROM deliveries WHERE state <> 'pending' AND state = 'done' AND ended_at >= :since AND origin <> :own
UNION ALL
SELECT 1 AS found FROM remote_actors WHERE fetched_at >= :since AND origin <> :own
LIMIT 1;

-- name: somebody_else
-- Anybody of a server that is not silent: asking for them shows whether it is us who hear nothing.
SELECT id FROM remote_actors
WHERE origin <> :own AND NOT EXISTS (SELECT 1 FROM silent_origins WHERE silent_origins.origin = remote_actors.origin)
ORDER BY RANDOM() LIMIT 1;

-- name: somebody_at
-- Anybody of a silent server, to ask once more before it is forgotten.
SELECT id FROM remote_actors WHERE origin = :origin ORDER BY id LIMIT 1;

-- name: drop_followers
-- Nobody there has heard from us for a month. Whoever comes back follows again.
DELETE FROM followers WHERE actor_id IN (SELECT id FROM remote_actors WHERE origin = :origin);

-- name: drop_deliveries
-- What still waits for it.
UPDATE deliveries SET state = 'dropped', ended_at = :now, lease_until = NULL, last_reason = 'silent'
WHERE state = 'pending' AND origin = :origin;

-- name: drop_readers
-- Edits of calls that it fetched once go there no more.
DELETE FROM call_readers WHERE origin = :origin;

-- name: forget_actors
-- Who was remembered only as a follower.
DELETE FROM remote_actors
WHERE origin = :origin
AND NOT EXISTS (SELECT 1 FROM followers WHERE followers.actor_id = remote_actors.id)
AND NOT EXISTS (
    SELECT 1 FROM following
    WHERE following.target = remote_actors.id AND following.state IN ('pending', 'accepted')
);

-- name: forget_unheeded
-- Servers to which nothing is owed and nobody belongs: rows about strangers must not pile up (CVE-2026-69132).
DELETE FROM silent_origins
WHERE origin <> 'ourselves'
AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.state = 'pending' AND deliveries.origin = silent_origins.origin)
AND NOT EXISTS (SELECT 1 FROM call_readers WHERE call_readers.origin = silent_origins.origin)
AND NOT EXISTS (
    SELECT 1 FROM remote_actors JOIN followers ON followers.actor_id = remote_actors.id
    WHERE remote_actors.origin = silent_origins.origin
);
