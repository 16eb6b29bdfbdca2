-- name: next_waiting
-- The call that has waited longest: open, of a listed and undisputed initiative, not yet announced, its probe due.
SELECT c.uri, c.actor_id FROM hub_calls c
JOIN hub_listings l ON l.actor_id = c.actor_id
LEFT JOIN hub_announcements a ON a.call_uri = c.uri
WHERE c.state = 'open' AND l.state = 'listed' AND l.disputed = 0
    AND (a.call_uri IS NULL OR (a.activity_id IS NULL AND a.try_at <= :now))
ORDER BY c.taken_at, c.uri
LIMIT 1;

-- name: count_waiting
-- How many such calls there are.
SELECT COUNT(*) AS found FROM hub_calls c
JOIN hub_listings l ON l.actor_id = c.actor_id
LEFT JOIN hub_announcements a ON a.call_uri = c.uri
WHERE c.state = 'open' AND l.state = 'listed' AND l.disputed = 0
    AND (a.call_uri IS NULL OR (a.activity_id IS NULL AND a.try_at <= :now));

-- name: is_waiting
-- Whether this very call still waits: what was true before its probe may have changed during it.
SELECT c.uri FROM hub_calls c
JOIN hub_listings l ON l.actor_id = c.actor_id
LEFT JOIN hub_announcements a ON a.call_uri = c.uri
WHERE c.uri = :uri AND c.state = 'open' AND l.state = 'listed' AND l.disputed = 0 AND a.activity_id IS NULL;

-- name: day
-- What went out on one UTC day.
SELECT announced, last_at FROM hub_announced_days WHERE day = :day;

-- name: count_day
-- One more on this day.
INSERT INTO hub_announced_days (day, announced, last_at) VALUES (:day, 1, :now)
ON CONFLICT (day) DO UPDATE SET announced = hub_announced_days.announced + 1, last_at = excluded.last_at;

-- name: forget_days
-- Only today counts.
DELETE FROM hub_announced_days WHERE day < :day;

-- name: save_announced
-- The Announce is written.
INSERT INTO hub_announcements (call_uri, actor_id, activity_id, announced_at, try_at)
VALUES (:call_uri, :actor_id, :activity_id, :now, :now)
ON CONFLICT (call_uri) DO UPDATE SET activity_id = excluded.activity_id, announced_at = excluded.announced_at;

-- name: attempts_of
-- How often the probe of this call has failed.
SELECT attempts FROM hub_announcements WHERE call_uri = :call_uri;

-- name: postpone
-- The probe failed: later again.
INSERT INTO hub_announcements (call_uri, actor_id, attempts, try_at)
VALUES (:call_uri, :actor_id, :attempts, :try_at)
ON CONFLICT (call_uri) DO UPDATE SET attempts = excluded.attempts, try_at = excluded.try_at;

-- name: postpone_all_of
-- Its server does not answer: none of its waiting calls is tried before then.
INSERT INTO hub_announcements (call_uri, actor_id, attempts, try_at)
SELECT c.uri, c.actor_id, 0, :try_at FROM hub_calls c WHERE c.actor_id = :actor_id AND c.state = 'open'
ON CONFLICT (call_uri) DO UPDATE SET try_at = excluded.try_at
WHERE hub_announcements.activity_id IS NULL AND hub_announcements.try_at < excluded.try_at;

-- name: of_lost_calls
-- Announcements and failed probes whose call is not kept any more, for whatever reason.
SELECT a.call_uri, a.actor_id, a.activity_id FROM hub_announcements a
LEFT JOIN hub_calls c ON c.uri = a.call_uri
WHERE c.uri IS NULL
ORDER BY a.call_uri LIMIT :limit;

-- name: forget
-- The announcement is undone, or there is nothing to undo.
DELETE FROM hub_announcements WHERE call_uri = :call_uri;
