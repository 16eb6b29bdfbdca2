-- What the initiatives of this instance say of themselves, what they ask for, and the hubs they applied to.

CREATE TABLE initiatives (
    actor_id TEXT NOT NULL PRIMARY KEY REFERENCES local_actors (id),
    handle TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- Markdown.
    summary TEXT NOT NULL,
    languages TEXT NOT NULL,
    themes TEXT NOT NULL,
    -- A label of the gazetteer; NULL is "undisclosed". No column of any table holds a point.
    place TEXT,
    icon_name TEXT,
    icon_media_type TEXT,
    icon_alt TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CHECK ((icon_name IS NULL) = (icon_media_type IS NULL))
);

CREATE TABLE initiative_links (
    actor_id TEXT NOT NULL REFERENCES initiatives (actor_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    url TEXT NOT NULL,
    PRIMARY KEY (actor_id, position)
);

CREATE TABLE calls (
    uri TEXT NOT NULL PRIMARY KEY,
    -- Outlives its initiative: a deleted call's address answers 410 for ever.
    actor_id TEXT NOT NULL REFERENCES local_actors (id),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed', 'withdrawn')),
    title TEXT NOT NULL,
    -- Markdown.
    text TEXT NOT NULL,
    kind TEXT,
    size TEXT,
    language TEXT NOT NULL,
    themes TEXT NOT NULL,
    -- ISO 8601: a date, or a time with its offset.
    start TEXT,
    deadline TEXT,
    link TEXT,
    place TEXT,
    published_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    -- The Note with its proof, or its Tombstone; byte-exact.
    document TEXT NOT NULL,
    -- Nothing of a withdrawn call is kept.
    CHECK (
        state <> 'withdrawn'
        OR (
            title = '' AND text = '' AND language = '' AND themes = '' AND kind IS NULL AND size IS NULL
            AND start IS NULL AND deadline IS NULL AND link IS NULL AND place IS NULL
        )
    )
);
-- The newest of an initiative, and of the whole instance.
CREATE INDEX calls_by_actor ON calls (actor_id, state, published_at);
CREATE INDEX calls_by_time ON calls (state, published_at, uri);

-- One row for each hub an initiative asked to be listed by.
CREATE TABLE hub_applications (
    actor_id TEXT NOT NULL REFERENCES initiatives (actor_id) ON DELETE CASCADE,
    -- As it was asked for: "@hub@host" or an address.
    hub TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('resolving', 'asked', 'waiting', 'listed', 'refused', 'removed', 'failed')
    ),
    hub_id TEXT,
    hub_handle TEXT NOT NULL,
    -- The hub's own Follow of the initiative, by which its Undo is recognised.
    hub_follow_id TEXT,
    -- One sentence: why it failed or waits, or the hub's reason.
    problem TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, hub)
);
-- An Accept, a Reject, a Follow or an Undo says which hub it is from.
CREATE INDEX hub_applications_by_hub ON hub_applications (hub_id);
