-- name: by_uri
-- One call by its own address.
SELECT c.*, f.featured_at FROM hub_calls c LEFT JOIN hub_featured_calls f ON f.call_uri = c.uri WHERE c.uri = :uri;

-- name: by_call_id
-- One call by the short id in our page addresses.
SELECT c.*, f.featured_at FROM hub_calls c LEFT JOIN hub_featured_calls f ON f.call_uri = c.uri
WHERE c.call_id = :call_id;

-- name: save
-- A new call or a newer version of one; `taken_at` stays, it orders what waits to be announced.
INSERT INTO hub_calls (
    uri, call_id, actor_id, state, document, updated_at, taken_at, title, language, kind, size, themes, place
)
VALUES (
    :uri, :call_id, :actor_id, :state, :document, :updated_at, :taken_at, :title, :language, :kind, :size,
    :themes, :place
)
ON CONFLICT (uri) DO UPDATE
SET state = excluded.state, document = excluded.document, updated_at = excluded.updated_at,
    title = excluded.title, language = excluded.language, kind = excluded.kind, size = excluded.size,
    themes = excluded.themes, place = excluded.place;

-- name: count_of
-- How many calls of one initiative are kept in this state.
SELECT COUNT(*) AS found FROM hub_calls WHERE actor_id = :actor_id AND state = :state;

-- name: uris_of
-- Which calls of an initiative are kept, those first that changed last.
SELECT uri FROM hub_calls WHERE actor_id = :actor_id ORDER BY updated_at DESC, uri LIMIT :limit;

-- name: delete_call
-- Erases a call with its bytes.
DELETE FROM hub_calls WHERE uri = :uri;

-- name: delete_calls_of
-- Erases all calls of an initiative with their bytes.
DELETE FROM hub_calls WHERE actor_id = :actor_id;

-- name: remember_erased
-- The hash of a deleted call's address, so that a late Create does not bring it back.
INSERT INTO hub_erased_calls (call_id, listing_id, erased_at) VALUES (:call_id, :listing_id, :erased_at)
ON CONFLICT (call_id, listing_id) DO NOTHING;

-- name: is_erased
-- Whether a call was deleted by this author, or by any when no author is given.
SELECT call_id FROM hub_erased_calls
WHERE call_id = :call_id AND (CAST(:listing_id AS TEXT) IS NULL OR listing_id = CAST(:listing_id AS TEXT));

-- name: forget_erased
-- Hashes of calls deleted long ago.
DELETE FROM hub_erased_calls WHERE erased_at < :before;

-- name: validators_of
-- What to send along with the next question, while the last full answer is fresh enough to build on.
SELECT etag, last_modified FROM read_collections WHERE url = :url AND read_at >= :since;

-- name: save_validators
-- The outbox was read in full.
INSERT INTO read_collections (url, etag, last_modified, read_at) VALUES (:url, :etag, :last_modified, :now)
ON CONFLICT (url) DO UPDATE
SET etag = excluded.etag, last_modified = excluded.last_modified, read_at = excluded.read_at;

-- name: forget_validators
-- Too old to build on, or of an initiative that is not listed any more.
DELETE FROM read_collections WHERE read_at < :before;

-- name: page
-- Calls of listed initiatives in one state, last changed first, from a place in that order on; with the featured ones or
-- without. The state is never left out: the index of the order begins with it, and without it all calls are sorted.
-- Each has a listing: an outer join keeps SQLite from beginning with the listings.
SELECT c.*, f.featured_at FROM hub_calls c LEFT JOIN hub_listings l ON l.actor_id = c.actor_id
LEFT JOIN hub_featured_calls f ON f.call_uri = c.uri
WHERE c.state = :state
    AND c.updated_at <= COALESCE(CAST(:before AS BIGINT), 9223372036854775807)
    AND (CAST(:place AS TEXT) IS NULL OR COALESCE(c.place, l.place) = CAST(:place AS TEXT))
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || c.themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:kind AS TEXT) IS NULL OR c.kind = CAST(:kind AS TEXT))
    AND (CAST(:size AS TEXT) IS NULL OR c.size = CAST(:size AS TEXT))
    AND (CAST(:language AS TEXT) IS NULL OR c.language = CAST(:language AS TEXT)
        OR c.language LIKE CAST(:language AS TEXT) || '-%')
    AND (CAST(:with_featured AS BIGINT) = 1 OR f.featured_at IS NULL)
    AND (CAST(:before AS BIGINT) IS NULL OR c.updated_at < CAST(:before AS BIGINT)
        OR (c.updated_at = CAST(:before AS BIGINT) AND c.call_id < CAST(:before_id AS TEXT)))
ORDER BY c.updated_at DESC, c.call_id DESC
LIMIT :limit;

-- name: page_of_one
-- The same of one initiative.
SELECT c.*, f.featured_at FROM hub_calls c LEFT JOIN hub_listings l ON l.actor_id = c.actor_id
LEFT JOIN hub_featured_calls f ON f.call_uri = c.uri
WHERE c.actor_id = :actor_id AND c.updated_at <= COALESCE(CAST(:before AS BIGINT), 9223372036854775807)
    AND (CAST(:state AS TEXT) IS NULL OR c.state = CAST(:state AS TEXT))
    AND (CAST(:place AS TEXT) IS NULL OR COALESCE(c.place, l.place) = CAST(:place AS TEXT))
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || c.themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:kind AS TEXT) IS NULL OR c.kind = CAST(:kind AS TEXT))
    AND (CAST(:size AS TEXT) IS NULL OR c.size = CAST(:size AS TEXT))
    AND (CAST(:language AS TEXT) IS NULL OR c.language = CAST(:language AS TEXT)
        OR c.language LIKE CAST(:language AS TEXT) || '-%')
    AND (CAST(:with_featured AS BIGINT) = 1 OR f.featured_at IS NULL)
    AND (CAST(:before AS BIGINT) IS NULL OR c.updated_at < CAST(:before AS BIGINT)
        OR (c.updated_at = CAST(:before AS BIGINT) AND c.call_id < CAST(:before_id AS TEXT)))
ORDER BY c.updated_at DESC, c.call_id DESC
LIMIT :limit;

-- name: featured_page
-- The featured ones that a filter finds, last changed first, from a place in that order on. They are few: the list of
-- their addresses, and the sum, keep SQLite from going through all calls.
SELECT c.*, f.featured_at FROM hub_featured_calls f JOIN hub_calls c ON c.uri = f.call_uri
JOIN hub_listings l ON l.actor_id = c.actor_id
WHERE c.uri IN (SELECT call_uri FROM hub_featured_calls)
    AND (CAST(:state AS TEXT) IS NULL OR c.state = CAST(:state AS TEXT))
    AND (CAST(:actor_id AS TEXT) IS NULL OR c.actor_id = CAST(:actor_id AS TEXT))
    AND (CAST(:place AS TEXT) IS NULL OR COALESCE(c.place, l.place) = CAST(:place AS TEXT))
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || c.themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:kind AS TEXT) IS NULL OR c.kind = CAST(:kind AS TEXT))
    AND (CAST(:size AS TEXT) IS NULL OR c.size = CAST(:size AS TEXT))
    AND (CAST(:language AS TEXT) IS NULL OR c.language = CAST(:language AS TEXT)
        OR c.language LIKE CAST(:language AS TEXT) || '-%')
    AND (CAST(:before AS BIGINT) IS NULL OR c.updated_at < CAST(:before AS BIGINT)
        OR (c.updated_at = CAST(:before AS BIGINT) AND c.call_id < CAST(:before_id AS TEXT)))
ORDER BY c.updated_at + 0 DESC, c.call_id DESC
LIMIT :limit;

-- name: feature
-- An editor puts a call first.
INSERT INTO hub_featured_calls (call_uri, featured_at) VALUES (:uri, :now) ON CONFLICT (call_uri) DO NOTHING;

-- name: unfeature
-- Back to its usual place.
DELETE FROM hub_featured_calls WHERE call_uri = :uri;

-- name: featured_uris
-- What stands first, last put there first: the hub's own collection.
SELECT f.call_uri FROM hub_featured_calls f JOIN hub_calls c ON c.uri = f.call_uri AND c.state = 'open'
ORDER BY f.featured_at DESC, f.call_uri;

-- name: no_longer_featured
-- Featured calls that are over, or not kept any more for whatever reason.
SELECT f.call_uri FROM hub_featured_calls f LEFT JOIN hub_calls c ON c.uri = f.call_uri AND c.state = 'open'
WHERE c.uri IS NULL ORDER BY f.call_uri;

-- name: count_filtered
-- How many calls a filter finds.
SELECT COUNT(*) AS found FROM hub_calls c JOIN hub_listings l ON l.actor_id = c.actor_id
WHERE (CAST(:state AS TEXT) IS NULL OR c.state = CAST(:state AS TEXT))
    AND (CAST(:actor_id AS TEXT) IS NULL OR c.actor_id = CAST(:actor_id AS TEXT))
    AND (CAST(:place AS TEXT) IS NULL OR COALESCE(c.place, l.place) = CAST(:place AS TEXT))
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || c.themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:kind AS TEXT) IS NULL OR c.kind = CAST(:kind AS TEXT))
    AND (CAST(:size AS TEXT) IS NULL OR c.size = CAST(:size AS TEXT))
    AND (CAST(:language AS TEXT) IS NULL OR c.language = CAST(:language AS TEXT)
        OR c.language LIKE CAST(:language AS TEXT) || '-%');

-- name: count_of_others
-- Kept calls of initiatives that live elsewhere; those that live here are counted where they are written.
SELECT COUNT(*) AS found FROM hub_calls WHERE actor_id NOT IN (SELECT id FROM local_actors);

-- name: placed
-- Open calls for the map: where they say, else where their initiative is; undisclosed ones nowhere.
SELECT c.uri, c.call_id, c.title, c.state, c.language, COALESCE(c.place, l.place) AS place
FROM hub_calls c JOIN hub_listings l ON l.actor_id = c.actor_id
WHERE c.state = 'open' AND COALESCE(c.place, l.place, 'undisclosed') <> 'undisclosed'
ORDER BY COALESCE(c.place, l.place), c.updated_at DESC, c.uri;

-- name: count_unplaced
-- Open calls that are nowhere on the map.
SELECT COUNT(*) AS found FROM hub_calls c JOIN hub_listings l ON l.actor_id = c.actor_id
WHERE c.state = 'open' AND COALESCE(c.place, l.place, 'undisclosed') = 'undisclosed';

-- name: languages_in_use
-- Languages of open calls, for the choice in the filter: from each to the next, without reading every call.
WITH RECURSIVE spoken (language) AS (
    SELECT MIN(language) FROM hub_calls WHERE state = 'open'
    UNION ALL
    SELECT (SELECT MIN(c.language) FROM hub_calls c WHERE c.state = 'open' AND c.language > s.language)
    FROM spoken s WHERE s.language IS NOT NULL
)
SELECT language FROM spoken WHERE language IS NOT NULL LIMIT 100;
