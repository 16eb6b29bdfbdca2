-- name: add_errand
-- The same errand again begins anew, with the newer detail; one that runs just now is run once more (its fence is old).
INSERT INTO errands (kind, subject, detail, state, attempts, first_tried, due_at, lease_until, fence, last_reason)
VALUES (:kind, :subject, :detail, 'pending', 0, NULL, :due_at, NULL, 0, '')
ON CONFLICT (kind, subject) DO UPDATE SET
    detail = excluded.detail, state = 'pending', attempts = 0, first_tried = NULL, due_at = excluded.due_at,
    lease_until = NULL, fence = errands.fence + 1, last_reason = '';

-- name: lease_errands
-- Takes those that are due; a lease that ran out belonged to somebody who died with it.
UPDATE errands
SET lease_until = :lease_until, fence = fence + 1, attempts = attempts + 1,
    first_tried = COALESCE(first_tried, :now)
WHERE (kind, subject) IN (
    SELECT kind, subject FROM errands
    WHERE state = 'pending' AND due_at <= :now AND (lease_until IS NULL OR lease_until <= :now)
    ORDER BY due_at LIMIT :limit /*postgres: FOR UPDATE SKIP LOCKED */
)
RETURNING kind, subject, detail, attempts, first_tried, fence;

-- name: finish_errand
-- Done. With an old fence somebody asked for it again meanwhile, and it stays.
DELETE FROM errands WHERE kind = :kind AND subject = :subject AND fence = :fence;

-- name: retry_errand
-- Not now: later.
UPDATE errands SET due_at = :due_at, lease_until = NULL, last_reason = :reason
WHERE kind = :kind AND subject = :subject AND fence = :fence;

-- name: fail_errand
-- Never again by itself; kept for a while for whoever looks into it.
UPDATE errands SET state = 'failed', due_at = :now, lease_until = NULL, last_reason = :reason
WHERE kind = :kind AND subject = :subject AND fence = :fence;

-- name: release_leases
-- At the start nobody else is at work: leases of a killed process must not hold anything up.
UPDATE errands SET lease_until = NULL WHERE lease_until IS NOT NULL;

-- name: next_due
-- When the worker has to get up again.
SELECT MIN(COALESCE(lease_until, due_at)) AS due_at FROM errands WHERE state = 'pending';

-- name: find_errand
-- Whether something still waits to be fetched, or failed.
SELECT state, last_reason FROM errands WHERE kind = :kind AND subject = :subject;

-- name: prune_failed
-- Dead letters nobody looked into.
DELETE FROM errands WHERE state = 'failed' AND due_at < :before;

-- name: bring_forward
-- What waits for a server that has just spoken: everything whose subject is an address there, soon after one failure and late
-- after many. The kinds are found one after the other by the primary key, so that no errand of another server is looked at.
WITH RECURSIVE kinds (kind) AS (
    SELECT MIN(kind) FROM errands
    UNION ALL
    SELECT (SELECT MIN(errands.kind) FROM errands WHERE errands.kind > kinds.kind) FROM kinds
    WHERE kinds.kind IS NOT NULL
)
UPDATE errands SET due_at = :now + 1000 * attempts * attempts
WHERE kind IN (SELECT kind FROM kinds) AND subject >= :origin || '/' AND subject < :origin || '0'
AND state = 'pending' AND last_reason <> '' AND lease_until IS NULL AND due_at > :now + 1000 * attempts * attempts;
