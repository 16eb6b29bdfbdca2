-- name: listed_account
-- An initiative of the directory, by its handle or its address.
SELECT actor_id, handle FROM hub_listings
WHERE state = 'listed' AND (handle = :what OR actor_id = :what) LIMIT 1;

-- name: call
-- A call that is shown here, written here or listed here.
SELECT uri, title, language FROM calls WHERE uri = :what AND state <> 'withdrawn'
UNION ALL
SELECT c.uri, c.title, c.language FROM hub_calls c JOIN hub_listings l ON l.actor_id = c.actor_id
WHERE c.uri = :what AND l.state = 'listed'
LIMIT 1;
