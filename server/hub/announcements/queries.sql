-- name: next_waiting
-- The call that has waited longest: open, of a listed and undisputed initiative, not yet announced, its probe due. The
-- calls come first, in the order of their index: from the listings all of them would be gone through and sorted.
SELECT c.uri, c.actor_id FROM hub_calls c CROSS JOIN hub_listings l
LEFT JOIN hub_announcements a ON a.call_uri = c.uri
WHERE c.state = 'open' AND c.announced = 0 AND l.actor_id = c.actor_id AND l.state = 'listed' AND l.disputed = 0
    AND (a.call_uri IS NULL OR (a.activity_id IS NULL AND a.held_back = 0 AND a.try_at <= :now))
ORDER BY c.taken_at, c.uri
LIMIT 1;

-- name: count_waiting
-- How many such calls there are, counted no further than `most`.
SELECT COUNT(*) AS found FROM (
    SELECT c.uri FROM hub_calls c CROSS JOIN hub_listings l
    LEFT JOIN hub_announcements a ON a.call_uri = c.uri
    WHERE c.state = 'open' AND c.announced = 0 AND l.actor_id = c.actor_id AND l.state = 'listed' AND l.disputed = 0
        AND (a.call_uri IS NULL OR (a.activity_id IS NULL AND a.held_back = 0 AND a.try_at <= :now))
    LIMIT COALESCE(CAST(:most AS BIGINT), 9223372036854775807)
) waiting;

-- name: is_waiting
-- Whether this very call still waits: what was true before its probe may have changed during it.
SELECT c.uri FROM hub_calls c
JOIN hub_listings l ON l.actor_id = c.actor_id
LEFT JOIN hub_announcements a ON a.call_uri = c.uri
WHERE c.uri = :uri AND c.state = 'open' AND l.state = 'listed' AND l.disputed = 0 AND a.activity_id IS NULL
    AND COALESCE(a.held_back, 0) = 0;

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

-- name: leave_the_line
-- Nobody has to look at it again to see that it was announced.
UPDATE hub_calls SET announced = 1 WHERE uri = :call_uri;

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

-- name: hold_back
-- An editor does not want it announced; what went out already is not called back by this.
INSERT INTO hub_announcements (call_uri, actor_id, try_at, held_back) VALUES (:call_uri, :actor_id, :now, 1)
ON CONFLICT (call_uri) DO UPDATE SET held_back = 1
WHERE hub_announcements.activity_id IS NULL AND hub_announcements.held_back = 0;

-- name: let_go
-- In its turn again, and at once to be probed.
UPDATE hub_announcements SET held_back = 0, try_at = :now WHERE call_uri = :call_uri AND held_back = 1;

-- name: state_of
-- What became of one call.
SELECT announced_at, attempts, try_at, held_back FROM hub_announcements WHERE call_uri = :call_uri;

-- name: not_announced
-- Open calls of listed initiatives that nobody was told of yet: those that wait, fail and are held back.
SELECT c.call_id, c.title, c.language, l.name, l.listing_id, a.announced_at, a.attempts, a.try_at, a.held_back
FROM hub_calls c CROSS JOIN hub_listings l
LEFT JOIN hub_announcements a ON a.call_uri = c.uri
WHERE c.state = 'open' AND c.announced = 0 AND l.actor_id = c.actor_id AND l.state = 'listed' AND l.disputed = 0
    AND a.activity_id IS NULL
ORDER BY c.taken_at, c.uri LIMIT :limit;

-- name: announced_since
-- What went out lately, newest first.
SELECT c.call_id, c.title, c.language, l.name, l.listing_id, a.announced_at FROM hub_announcements a
JOIN hub_calls c ON c.uri = a.call_uri JOIN hub_listings l ON l.actor_id = c.actor_id
WHERE a.announced_at >= :since ORDER BY a.announced_at DESC, c.uri LIMIT :limit;

-- name: cap
-- How many a day, when editors have decided it.
SELECT value FROM hub_settings WHERE name = 'announce-cap';

-- name: set_cap
-- From now on.
INSERT INTO hub_settings (name, value) VALUES ('announce-cap', :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- name: forget
-- The announcement is undone, or there is nothing to undo.
DELETE FROM hub_announcements WHERE call_uri = :call_uri;
