-- name: insert_call
-- A new call with the bytes that its address answers with.
INSERT INTO calls (
    uri, actor_id, state, title, text, kind, size, language, themes, start, deadline, link, place,
    published_at, updated_at, document, as_event, event_document
)
VALUES (
    :uri, :actor_id, :state, :title, :text, :kind, :size, :language, :themes, :start, :deadline, :link, :place,
    :published_at, :updated_at, :document, :as_event, :event_document
);

-- name: update_call
-- An edit or an end; what was withdrawn stays withdrawn.
UPDATE calls SET
    state = :state, title = :title, text = :text, kind = :kind, size = :size, language = :language,
    themes = :themes, start = :start, deadline = :deadline, link = :link, place = :place,
    updated_at = :updated_at, document = :document, as_event = :as_event, event_document = :event_document
WHERE uri = :uri AND state <> 'withdrawn';

-- name: wipe_call
-- Withdrawn: nothing but the Tombstones stay.
UPDATE calls SET
    state = 'withdrawn', title = '', text = '', kind = NULL, size = NULL, language = '', themes = '',
    start = NULL, deadline = NULL, link = NULL, place = NULL, updated_at = :updated_at, document = :document,
    as_event = 0, event_document = :event_document
WHERE uri = :uri AND state <> 'withdrawn';

-- name: call_by_uri
-- One call, also a withdrawn one.
SELECT * FROM calls WHERE uri = :uri;

-- name: calls_of
-- Everything an initiative has not withdrawn, newest first.
SELECT * FROM calls WHERE actor_id = :actor_id AND state IN ('open', 'closed')
ORDER BY published_at DESC, uri DESC;

-- name: page_of_calls
-- A page of all calls, of one state or both, of one theme or any; open ones first.
SELECT * FROM calls
WHERE state IN ('open', 'closed')
AND (CAST(:state AS TEXT) IS NULL OR state = :state)
AND (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || :theme || ' %')
ORDER BY state DESC, published_at DESC, uri DESC LIMIT :limit OFFSET :offset;

-- name: page_of_calls_of
-- The same of one initiative: a query of its own, or its few calls would be looked for among all.
SELECT * FROM calls
WHERE state IN ('open', 'closed') AND actor_id = :actor_id
AND (CAST(:state AS TEXT) IS NULL OR state = :state)
AND (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || :theme || ' %')
ORDER BY state DESC, published_at DESC, uri DESC LIMIT :limit OFFSET :offset;

-- name: latest_calls
-- What changed last, for the feeds: an end is news as well.
SELECT * FROM calls WHERE state <> 'withdrawn' ORDER BY updated_at DESC, uri DESC LIMIT :limit;

-- name: latest_calls_of
-- The same of one initiative.
SELECT * FROM calls WHERE state <> 'withdrawn' AND actor_id = :actor_id
ORDER BY updated_at DESC, uri DESC LIMIT :limit;

-- name: count_calls
-- How many of one theme there are on all those pages.
SELECT COUNT(*) AS n FROM calls
WHERE state IN ('open', 'closed') AND ' ' || themes || ' ' LIKE '% ' || :theme || ' %';

-- name: count_all_calls
-- How many of any theme: without looking at the calls themselves.
SELECT COUNT(*) AS n FROM calls WHERE state IN ('open', 'closed');

-- name: count_calls_of
-- How many there are of one initiative in one state.
SELECT COUNT(*) AS n FROM calls WHERE actor_id = :actor_id AND state = :state;
