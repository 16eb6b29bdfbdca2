-- name: count_due
-- Whether few or many are due, those on their way and those held back by a breaker included.
SELECT COUNT(*) AS n FROM (
    SELECT due_at FROM deliveries WHERE state = 'pending' AND due_at <= :now LIMIT :limit
) AS due;

-- name: ready_origins_of_few
-- Where something is due at servers that are well, while few deliveries are due at all and however many wait.
SELECT DISTINCT due.origin FROM (
    SELECT origin, lease_until FROM deliveries
    WHERE state = 'pending' AND due_at <= :now ORDER BY due_at LIMIT :limit
) AS due
WHERE (due.lease_until IS NULL OR due.lease_until <= :now)
AND NOT EXISTS (SELECT 1 FROM origins WHERE origins.origin = due.origin);

-- name: ready_origins
-- The same by name and after one of them, while many are due: from origin to origin by the index, however many deliveries
-- one of them is owed.
WITH RECURSIVE walk (origin) AS (
    SELECT MIN(origin) FROM deliveries WHERE state = 'pending' AND origin > :after
    UNION ALL
    SELECT (SELECT MIN(deliveries.origin) FROM deliveries WHERE state = 'pending' AND deliveries.origin > walk.origin)
    FROM walk WHERE walk.origin IS NOT NULL
)
SELECT walk.origin FROM walk
WHERE walk.origin IS NOT NULL
AND NOT EXISTS (SELECT 1 FROM origins WHERE origins.origin = walk.origin)
AND EXISTS (
    SELECT 1 FROM deliveries
    WHERE state = 'pending' AND deliveries.origin = walk.origin AND due_at <= :now
    AND (lease_until IS NULL OR lease_until <= :now)
)
LIMIT :limit;

-- name: ready_sick_origins
-- The same of those that failed lately, longest ago first. Those whose breaker is open are left in peace.
SELECT origin, open_until FROM origins
WHERE (open_until IS NULL OR open_until <= :now)
AND EXISTS (
    SELECT 1 FROM deliveries
    WHERE state = 'pending' AND deliveries.origin = origins.origin AND due_at <= :now
    AND (lease_until IS NULL OR lease_until <= :now)
)
ORDER BY COALESCE(open_until, first_failure), origin LIMIT :limit;

-- name: claim
-- The due ones of one origin, and of each object only the earliest activity that one inbox has not got yet.
UPDATE deliveries SET lease_until = :lease_until, fence = fence + 1, attempts = attempts + 1
WHERE (activity_id, inbox) IN (
    SELECT due.activity_id, due.inbox FROM deliveries AS due
    WHERE due.state = 'pending' AND due.origin = :origin AND due.due_at <= :now
    AND (due.lease_until IS NULL OR due.lease_until <= :now)
    AND NOT EXISTS (
        SELECT 1 FROM deliveries AS earlier
        WHERE earlier.state = 'pending' AND earlier.object_id = due.object_id
        AND earlier.inbox = due.inbox AND earlier.activity_id < due.activity_id
    )
    ORDER BY due.due_at, due.activity_id LIMIT :limit /*postgres: FOR UPDATE SKIP LOCKED */
)
RETURNING activity_id, inbox, origin, attempts, first_due, fence;

-- name: what_to_send
-- The activity behind a delivery.
SELECT actor_id, document, redated FROM activities WHERE id = :activity_id;

-- name: end_delivery
-- Delivered, given up or dropped. An outcome that comes after its lease was taken by another is ignored.
UPDATE deliveries SET state = :state, ended_at = :now, lease_until = NULL, last_reason = :reason
WHERE activity_id = :activity_id AND inbox = :inbox AND fence = :fence AND state = 'pending';

-- name: postpone_delivery
-- Try again later.
UPDATE deliveries SET due_at = :due_at, lease_until = NULL, last_reason = :reason
WHERE activity_id = :activity_id AND inbox = :inbox AND fence = :fence AND state = 'pending';

-- name: give_back
-- It was leased and not tried.
UPDATE deliveries SET lease_until = NULL, attempts = attempts - 1
WHERE activity_id = :activity_id AND inbox = :inbox AND fence = :fence AND state = 'pending';

-- name: release_leases
-- At the start nobody else is at work: leases of a killed process must not hold anything up.
UPDATE deliveries SET lease_until = NULL WHERE state = 'pending' AND lease_until IS NOT NULL;

-- name: next_due
-- The next time at which something that waits becomes due.
SELECT MIN(due_at) AS at FROM deliveries WHERE state = 'pending' AND due_at > :now;

-- name: next_probe
-- The next time at which a breaker lets somebody through.
SELECT MIN(open_until) AS at FROM origins WHERE open_until > :now;

-- name: breaker_of
-- How an origin did lately.
SELECT failures, first_failure, open_until FROM origins WHERE origin = :origin;

-- name: save_breaker
-- One failure more, or a probe on its way.
INSERT INTO origins (origin, failures, first_failure, open_until)
VALUES (:origin, :failures, :first_failure, :open_until)
ON CONFLICT (origin) DO UPDATE SET
    failures = excluded.failures, first_failure = excluded.first_failure, open_until = excluded.open_until;

-- name: close_breaker
-- It answers again.
DELETE FROM origins WHERE origin = :origin;

-- name: backlog
-- What waits for one origin and for nothing but its silence to end, in the order of activities.
SELECT activity_id, inbox, attempts, first_due, due_at, last_reason FROM deliveries
WHERE state = 'pending' AND origin = :origin AND lease_until IS NULL
AND (due_at <= :now OR last_reason IN ('no-answer', 'server-error'))
ORDER BY activity_id, inbox;

-- name: put_in_line
-- Its turn in a backlog.
UPDATE deliveries SET due_at = :due_at WHERE activity_id = :activity_id AND inbox = :inbox AND state = 'pending';

-- name: prune_stale_breakers
-- A state that nothing ended must not stay for ever (CVE-2026-69132). While something waits for an answer it says so.
DELETE FROM origins
WHERE COALESCE(first_failure, 0) < :before AND COALESCE(open_until, 0) < :before
AND NOT EXISTS (SELECT 1 FROM deliveries WHERE deliveries.origin = origins.origin AND deliveries.state = 'pending');

-- name: prune_ended
-- What ended long ago is only counted.
DELETE FROM deliveries WHERE state <> 'pending' AND state = :state AND ended_at < :before;

-- name: standings
-- How what one actor said, of all or of one object, stands with each origin; those in trouble come first.
SELECT deliveries.origin,
    SUM(CASE WHEN deliveries.state = 'pending' THEN 1 ELSE 0 END) AS waiting,
    SUM(CASE WHEN deliveries.state = 'done' THEN 1 ELSE 0 END) AS done,
    SUM(CASE WHEN deliveries.state = 'failed' THEN 1 ELSE 0 END) AS failed,
    MAX(CASE WHEN deliveries.state = 'pending' THEN deliveries.last_reason ELSE '' END) AS waits_because,
    MAX(CASE WHEN deliveries.state = 'failed' THEN deliveries.last_reason ELSE '' END) AS failed_because,
    MIN(CASE WHEN deliveries.state = 'pending' THEN deliveries.due_at END) AS due_at,
    MAX(origins.open_until) AS open_until, MIN(silent_origins.since) AS silent_since
FROM activities JOIN deliveries ON deliveries.activity_id = activities.id
LEFT JOIN origins ON origins.origin = deliveries.origin
LEFT JOIN silent_origins ON silent_origins.origin = deliveries.origin
WHERE activities.actor_id = :actor_id AND deliveries.state <> 'dropped'
AND (CAST(:object_id AS TEXT) IS NULL OR activities.object_id = :object_id)
GROUP BY deliveries.origin
ORDER BY CASE WHEN MAX(CASE WHEN deliveries.state = 'pending' THEN deliveries.last_reason ELSE '' END) <> ''
    OR SUM(CASE WHEN deliveries.state = 'failed' THEN 1 ELSE 0 END) > 0 THEN 0 ELSE 1 END, deliveries.origin
LIMIT :limit OFFSET :offset;

-- name: reach
-- The same as numbers of origins: reached by all, waiting without trouble, in trouble.
SELECT COUNT(*) AS origins,
    COALESCE(SUM(CASE WHEN waiting = 0 AND failed = 0 THEN 1 ELSE 0 END), 0) AS reached,
    COALESCE(SUM(CASE WHEN waiting > 0 AND failed = 0 AND because = '' THEN 1 ELSE 0 END), 0) AS waiting,
    COALESCE(SUM(CASE WHEN failed > 0 OR because <> '' THEN 1 ELSE 0 END), 0) AS failing
FROM (
    SELECT deliveries.origin,
        SUM(CASE WHEN deliveries.state = 'pending' THEN 1 ELSE 0 END) AS waiting,
        SUM(CASE WHEN deliveries.state = 'failed' THEN 1 ELSE 0 END) AS failed,
        MAX(CASE WHEN deliveries.state = 'pending' THEN deliveries.last_reason ELSE '' END) AS because
    FROM activities JOIN deliveries ON deliveries.activity_id = activities.id
    WHERE activities.actor_id = :actor_id AND deliveries.state <> 'dropped'
    AND (CAST(:object_id AS TEXT) IS NULL OR activities.object_id = :object_id)
    GROUP BY deliveries.origin
) AS by_origin;
