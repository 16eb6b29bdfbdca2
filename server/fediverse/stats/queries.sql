-- name: add_to_counter
-- Retention counts what it takes away.
INSERT INTO counters (name, value) VALUES (:name, :amount)
ON CONFLICT (name) DO UPDATE SET value = counters.value + excluded.value;

-- name: counters
-- All that retention has taken away.
SELECT name, value FROM counters;

-- name: count_followers
-- Followers of all our actors.
SELECT COUNT(*) AS n FROM followers;

-- name: count_received
-- Taken in, and of those done with.
SELECT COUNT(*) AS received, COUNT(processed_at) AS processed FROM received_activities WHERE body_hash <> '';

-- name: count_deliveries
-- By what became of them.
SELECT state, COUNT(*) AS n FROM deliveries GROUP BY state;
