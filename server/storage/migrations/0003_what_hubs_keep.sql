-- What a hub keeps of others: initiatives that applied or are listed, their calls, and what it announced.

CREATE TABLE hub_listings (
    actor_id TEXT NOT NULL PRIMARY KEY,
    listing_id TEXT NOT NULL UNIQUE,
    handle TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('applied', 'listed', 'refused', 'removed', 'withdrawn', 'gone')),
    reason TEXT NOT NULL DEFAULT '',
    since BIGINT NOT NULL,
    disputed INTEGER NOT NULL DEFAULT 0 CHECK (disputed IN (0, 1)),
    follow_id TEXT,
    key_method TEXT,
    key_multibase TEXT,
    document TEXT,
    updated_at BIGINT,
    name TEXT,
    languages TEXT,
    themes TEXT,
    place TEXT,
    icon_url TEXT,
    icon_file TEXT,
    read_at BIGINT,
    -- Who is neither waiting nor listed leaves nothing behind but id, handle, state, reason and time.
    CHECK ((state IN ('applied', 'listed')) = (document IS NOT NULL)),
    CHECK (
        state IN ('applied', 'listed')
        OR (
            follow_id IS NULL AND key_method IS NULL AND key_multibase IS NULL AND updated_at IS NULL
            AND name IS NULL AND languages IS NULL AND themes IS NULL AND place IS NULL
            AND icon_url IS NULL AND icon_file IS NULL AND read_at IS NULL
        )
    )
);

CREATE INDEX hub_listings_by_state ON hub_listings (state, updated_at);
CREATE INDEX hub_listings_by_handle ON hub_listings (handle);

-- Re-encoded icons that no listing shows any more; a chore deletes the files.
CREATE TABLE hub_discarded_icons (
    icon_file TEXT NOT NULL PRIMARY KEY
);

-- What a curator wished for an initiative that has not applied yet.
CREATE TABLE hub_wishes (
    target TEXT NOT NULL PRIMARY KEY,
    wish TEXT NOT NULL CHECK (wish IN ('admit', 'refuse')),
    reason TEXT NOT NULL DEFAULT '',
    expires_at BIGINT NOT NULL
);

CREATE TABLE hub_calls (
    uri TEXT NOT NULL PRIMARY KEY,
    call_id TEXT NOT NULL UNIQUE,
    actor_id TEXT NOT NULL REFERENCES hub_listings (actor_id),
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    document TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    taken_at BIGINT NOT NULL,
    title TEXT NOT NULL,
    language TEXT NOT NULL,
    kind TEXT,
    size TEXT,
    themes TEXT NOT NULL,
    place TEXT
);

CREATE INDEX hub_calls_by_time ON hub_calls (state, updated_at, call_id);
CREATE INDEX hub_calls_by_actor ON hub_calls (actor_id, state, updated_at);

-- Deleted calls do not come back by a late or repeated Create. Only hashes are kept, of the call's address and of its
-- author's: an initiative cannot bar the calls of its neighbour on the same server.
CREATE TABLE hub_erased_calls (
    call_id TEXT NOT NULL,
    listing_id TEXT NOT NULL,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (call_id, listing_id)
);

CREATE INDEX hub_erased_calls_by_time ON hub_erased_calls (erased_at);

-- One row per call that was announced or whose probe failed. The row outlives its call until the Undo is written.
CREATE TABLE hub_announcements (
    call_uri TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL,
    activity_id TEXT,
    announced_at BIGINT,
    attempts INTEGER NOT NULL DEFAULT 0,
    try_at BIGINT NOT NULL,
    CHECK ((activity_id IS NULL) = (announced_at IS NULL))
);

-- How many were sent on which day; an Undo does not give the day's budget back.
CREATE TABLE hub_announced_days (
    day TEXT NOT NULL PRIMARY KEY,
    announced INTEGER NOT NULL,
    last_at BIGINT NOT NULL
);
