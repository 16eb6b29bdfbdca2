-- All migrations together, for reading. Written by scripts/dump_schema.py, never by hand.

CREATE TABLE migrations (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    applied_at BIGINT NOT NULL
);

CREATE TABLE local_actors (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('instance', 'initiative', 'hub')),
    -- Unique for ever: a deleted handle is never given away again, or the next owner would inherit its followers.
    handle TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('active', 'deleted')),
    -- The actor as it is served; for a deleted actor its Tombstone.
    document TEXT NOT NULL,
    changed_at BIGINT NOT NULL
);

CREATE TABLE actor_keys (
    actor_id TEXT NOT NULL PRIMARY KEY,
    signing_pem TEXT NOT NULL,
    proof_pem TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE remote_actors (
    id TEXT NOT NULL PRIMARY KEY,
    type TEXT NOT NULL,
    inbox TEXT NOT NULL,
    shared_inbox TEXT,
    origin TEXT NOT NULL,
    -- Empty for a Person: delivery does not need it.
    handle TEXT NOT NULL,
    fetched_at BIGINT NOT NULL
);

CREATE INDEX remote_actors_by_inbox ON remote_actors (inbox);

CREATE INDEX remote_actors_by_shared_inbox ON remote_actors (shared_inbox) WHERE shared_inbox IS NOT NULL;

CREATE INDEX remote_actors_by_origin ON remote_actors (origin);

CREATE INDEX remote_actors_by_age ON remote_actors (fetched_at);

CREATE TABLE remote_keys (
    id TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES remote_actors (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('rsa', 'ed25519')),
    public TEXT NOT NULL
);

CREATE INDEX remote_keys_by_actor ON remote_keys (actor_id);

CREATE TABLE followers (
    local_actor TEXT NOT NULL REFERENCES local_actors (id),
    actor_id TEXT NOT NULL REFERENCES remote_actors (id),
    -- An Undo may name nothing but the Follow's id.
    follow_id TEXT NOT NULL,
    PRIMARY KEY (local_actor, actor_id)
);

CREATE INDEX followers_by_actor ON followers (actor_id);

CREATE TABLE following (
    follow_id TEXT NOT NULL PRIMARY KEY,
    local_actor TEXT NOT NULL REFERENCES local_actors (id),
    target TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'ended')),
    reason TEXT NOT NULL
);

CREATE UNIQUE INDEX following_alive ON following (local_actor, target) WHERE state IN ('pending', 'accepted');

CREATE INDEX following_by_target ON following (target);

CREATE TABLE received_activities (
    digest TEXT NOT NULL PRIMARY KEY,
    body_hash TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    processed_at BIGINT
);

CREATE INDEX received_activities_by_age ON received_activities (received_at);

CREATE TABLE activities (
    -- Sorts by time of publication: the outbox pages by it.
    id TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES local_actors (id),
    object_id TEXT NOT NULL,
    -- NULL once erased: what was withdrawn is not kept, its id answers 410.
    document TEXT,
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    is_public INTEGER NOT NULL CHECK (is_public IN (0, 1)),
    -- Sent with a fresh `published` each time: peers hide an Announce that is hours old.
    redated INTEGER NOT NULL CHECK (redated IN (0, 1)),
    created_at BIGINT NOT NULL
);

CREATE INDEX activities_in_outbox ON activities (actor_id, id) WHERE listed = 1;

CREATE INDEX activities_by_object ON activities (object_id);

CREATE INDEX activities_unlisted_by_age ON activities (created_at) WHERE listed = 0;

CREATE TABLE deliveries (
    activity_id TEXT NOT NULL REFERENCES activities (id) ON DELETE CASCADE,
    inbox TEXT NOT NULL,
    origin TEXT NOT NULL,
    -- Deliveries about one object to one inbox go in the order of their activity ids.
    object_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed', 'dropped')),
    attempts INTEGER NOT NULL,
    first_due BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    -- Raised by each lease: an outcome that arrives with an older number is ignored.
    fence INTEGER NOT NULL,
    last_reason TEXT NOT NULL,
    ended_at BIGINT,
    PRIMARY KEY (activity_id, inbox)
);

CREATE INDEX deliveries_due ON deliveries (origin, due_at) WHERE state = 'pending';

CREATE INDEX deliveries_in_line ON deliveries (object_id, inbox, activity_id) WHERE state = 'pending';

CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE state <> 'pending';

CREATE TABLE origins (
    origin TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    first_failure BIGINT,
    open_until BIGINT
);

CREATE TABLE errands (
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'failed')),
    attempts INTEGER NOT NULL,
    first_tried BIGINT,
    due_at BIGINT NOT NULL,
    lease_until BIGINT,
    fence INTEGER NOT NULL,
    last_reason TEXT NOT NULL,
    PRIMARY KEY (kind, subject)
);

CREATE INDEX errands_due ON errands (state, due_at);

CREATE TABLE blocks (
    target TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);

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

CREATE INDEX calls_by_actor ON calls (actor_id, state, published_at);

CREATE INDEX calls_by_time ON calls (state, published_at, uri);

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

CREATE INDEX hub_applications_by_hub ON hub_applications (hub_id);

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

CREATE TABLE hub_discarded_icons (
    icon_file TEXT NOT NULL PRIMARY KEY
);

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

CREATE TABLE hub_erased_calls (
    call_id TEXT NOT NULL,
    listing_id TEXT NOT NULL,
    erased_at BIGINT NOT NULL,
    PRIMARY KEY (call_id, listing_id)
);

CREATE INDEX hub_erased_calls_by_time ON hub_erased_calls (erased_at);

CREATE TABLE hub_announcements (
    call_uri TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL,
    activity_id TEXT,
    announced_at BIGINT,
    attempts INTEGER NOT NULL DEFAULT 0,
    try_at BIGINT NOT NULL,
    CHECK ((activity_id IS NULL) = (announced_at IS NULL))
);

CREATE TABLE hub_announced_days (
    day TEXT NOT NULL PRIMARY KEY,
    announced INTEGER NOT NULL,
    last_at BIGINT NOT NULL
);
