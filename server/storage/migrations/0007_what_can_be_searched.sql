-- The map counts by place: from these indexes alone, without reading a document.
CREATE INDEX hub_listings_on_the_map ON hub_listings (state, actor_id, place, themes, languages);
CREATE INDEX hub_calls_on_the_map ON hub_calls (state, actor_id, place, language, kind, size, themes);

-- What can be found: a row for each listed initiative, and one for each of its calls. A call cannot be deleted while its
-- words are still in the index: the reference forbids it.
CREATE TABLE hub_searchable (
    number INTEGER PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES hub_listings (actor_id),
    -- NULL for the initiative itself.
    call_uri TEXT REFERENCES hub_calls (uri)
);
CREATE UNIQUE INDEX hub_searchable_initiatives ON hub_searchable (actor_id) WHERE call_uri IS NULL;
CREATE UNIQUE INDEX hub_searchable_calls ON hub_searchable (call_uri) WHERE call_uri IS NOT NULL;
-- An initiative that leaves takes its calls along.
CREATE INDEX hub_searchable_by_actor ON hub_searchable (actor_id);

-- Their words by number, folded (server/hub/search/model.py). Here PostgreSQL goes another way. No triggers: with
-- trusted_schema = OFF they may not write to a virtual table.
CREATE VIRTUAL TABLE hub_terms USING fts5(title, words, tokenize = 'unicode61 remove_diacritics 0');

-- One row once terms were deleted: their bytes stay in the index's older parts until those are merged.
CREATE TABLE hub_terms_to_purge (
    owed INTEGER PRIMARY KEY CHECK (owed = 1)
);
