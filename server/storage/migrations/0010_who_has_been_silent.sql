-- Servers that do not answer, for longer than a breaker remembers; and what was asked of outboxes last time.

CREATE TABLE silent_origins (
    origin TEXT NOT NULL PRIMARY KEY,
    -- The first failure since it answered last.
    since BIGINT NOT NULL
);

CREATE INDEX silent_origins_by_age ON silent_origins (since);

-- Validators of the last answer: who has nothing new answers 304.
CREATE TABLE read_collections (
    url TEXT NOT NULL PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    read_at BIGINT NOT NULL
);

CREATE INDEX read_collections_by_age ON read_collections (read_at);

-- An actor whom one of ours follows said that it has moved, and the new one confirms it. A second Move within seven days
-- is not believed.
CREATE TABLE moves (
    old_actor TEXT NOT NULL PRIMARY KEY,
    new_actor TEXT NOT NULL,
    moved_at BIGINT NOT NULL
);

CREATE INDEX moves_by_age ON moves (moved_at);

-- Where a listed initiative says it went, and the new address confirms it. For the editors to see to: nothing follows by itself,
-- because who seized a domain says the same.
ALTER TABLE hub_listings ADD COLUMN moved_to TEXT CHECK (moved_to IS NULL OR state IN ('applied', 'listed'));
