-- The same queries as in queries.sql, for PostgreSQL: words are already folded there and here, so that neither its parser
-- nor its dictionaries take part.

-- name: number_of_initiative
-- The number an initiative's words are kept under; a new one if it has none yet.
INSERT INTO hub_searchable (actor_id) VALUES (:actor_id)
ON CONFLICT (actor_id) WHERE call_uri IS NULL DO UPDATE SET actor_id = excluded.actor_id
RETURNING number;

-- name: number_of_call
-- The number a call's words are kept under; a new one if it has none yet.
INSERT INTO hub_searchable (actor_id, call_uri) VALUES (:actor_id, :call_uri)
ON CONFLICT (call_uri) WHERE call_uri IS NOT NULL DO UPDATE SET actor_id = excluded.actor_id
RETURNING number;

-- name: insert_terms
-- The words under their number, those of the title with weight A. A tsvector holds a megabyte: a text that is made to
-- exceed it is cut.
INSERT INTO hub_terms (number, terms)
SELECT CAST(:number AS BIGINT), CAST(COALESCE(string_agg(form.lexeme, ' '), '') AS TSVECTOR)
FROM (
    SELECT '''' || word || ''':' || LEAST(place, 16383) || 'A' AS lexeme
    FROM unnest(string_to_array(LEFT(CAST(:title AS TEXT), 250000), ' ')) WITH ORDINALITY AS title (word, place)
    WHERE word <> ''
    UNION ALL
    SELECT '''' || word || ''':' || LEAST(place, 16383)
    FROM unnest(string_to_array(LEFT(CAST(:words AS TEXT), 250000), ' ')) WITH ORDINALITY AS others (word, place)
    WHERE word <> ''
) AS form;

-- name: delete_terms
-- Older words under this number.
DELETE FROM hub_terms WHERE number = :number;

-- name: delete_terms_of_call
-- Before its number goes.
DELETE FROM hub_terms WHERE number IN (SELECT number FROM hub_searchable WHERE call_uri = :call_uri);

-- name: delete_call
-- The call cannot be found any more.
DELETE FROM hub_searchable WHERE call_uri = :call_uri;

-- name: delete_terms_of_actor
-- Before their numbers go.
DELETE FROM hub_terms WHERE number IN (SELECT number FROM hub_searchable WHERE actor_id = :actor_id);

-- name: delete_actor
-- Neither the initiative nor any of its calls can be found any more.
DELETE FROM hub_searchable WHERE actor_id = :actor_id;

-- name: owe_purge
-- Deleted terms are still in the index's older parts.
INSERT INTO hub_terms_to_purge (owed) VALUES (1) ON CONFLICT (owed) DO NOTHING;

-- name: settle_purge
-- They are about to go.
DELETE FROM hub_terms_to_purge;

-- name: merge_terms
-- Words without a number, of which there are none: the server's own autovacuum gives back what was deleted.
DELETE FROM hub_terms WHERE number NOT IN (SELECT number FROM hub_searchable);

-- name: search
-- What fits, open calls and initiatives before closed calls, words in titles counting most. A disputed initiative is not
-- shown: its words may be somebody else's. From the language of FTS5 to that of tsquery: the forms have only letters.
SELECT s.actor_id, s.call_uri
FROM (
    SELECT CAST(
        REPLACE(REPLACE(REPLACE(REPLACE(:match, '"*', '":*'), '"', ''''), ' OR ', ' | '), ' AND ', ' & ') AS TSQUERY
    ) AS terms
) AS wanted
JOIN hub_terms t ON t.terms @@ wanted.terms
JOIN hub_searchable s ON s.number = t.number
JOIN hub_listings l ON l.actor_id = s.actor_id AND l.state = 'listed' AND l.disputed = 0
LEFT JOIN hub_calls c ON c.uri = s.call_uri
ORDER BY CASE WHEN c.state = 'closed' THEN 1 ELSE 0 END,
    ts_rank(CAST('{0.16, 0.16, 0.16, 1}' AS REAL[]), t.terms, wanted.terms, 1) DESC, s.number
LIMIT :limit OFFSET :offset;

-- name: count_found
-- How much fits.
SELECT COUNT(*) AS found
FROM (
    SELECT CAST(
        REPLACE(REPLACE(REPLACE(REPLACE(:match, '"*', '":*'), '"', ''''), ' OR ', ' | '), ' AND ', ' & ') AS TSQUERY
    ) AS terms
) AS wanted
JOIN hub_terms t ON t.terms @@ wanted.terms
JOIN hub_searchable s ON s.number = t.number
JOIN hub_listings l ON l.actor_id = s.actor_id AND l.state = 'listed' AND l.disputed = 0;

-- name: initiatives_without_words
-- Listed before there was an index.
SELECT l.actor_id FROM hub_listings l
WHERE l.state = 'listed'
    AND NOT EXISTS (SELECT 1 FROM hub_searchable s WHERE s.actor_id = l.actor_id AND s.call_uri IS NULL);

-- name: calls_without_words
-- Kept before there was an index.
SELECT c.uri FROM hub_calls c WHERE NOT EXISTS (SELECT 1 FROM hub_searchable s WHERE s.call_uri = c.uri);
