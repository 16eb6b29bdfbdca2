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
, reason TEXT NOT NULL DEFAULT '', blocked_by TEXT NOT NULL DEFAULT '');

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
    updated_at BIGINT NOT NULL, place_decided INTEGER NOT NULL DEFAULT 0 CHECK (place_decided IN (0, 1)),
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
    document TEXT NOT NULL, replies_open INTEGER NOT NULL DEFAULT 1 CHECK (replies_open IN (0, 1)), as_event INTEGER NOT NULL DEFAULT 0 CHECK (as_event IN (0, 1)), event_document TEXT,
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
    read_at BIGINT, edited_themes TEXT
CHECK (edited_themes IS NULL OR state IN ('applied', 'listed')), edited_place TEXT
CHECK (edited_place IS NULL OR state IN ('applied', 'listed')), moved_to TEXT CHECK (moved_to IS NULL OR state IN ('applied', 'listed')),
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
, announced INTEGER NOT NULL DEFAULT 0 CHECK (announced IN (0, 1)));

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
    try_at BIGINT NOT NULL, held_back INTEGER NOT NULL DEFAULT 0 CHECK (held_back IN (0, 1)),
    CHECK ((activity_id IS NULL) = (announced_at IS NULL))
);

CREATE TABLE hub_announced_days (
    day TEXT NOT NULL PRIMARY KEY,
    announced INTEGER NOT NULL,
    last_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    -- A label the person chose; never published.
    name TEXT NOT NULL,
    -- Two names that look alike are one.
    folded_name TEXT NOT NULL UNIQUE,
    passphrase_hash TEXT NOT NULL,
    -- NULL: no authenticator app.
    totp_secret TEXT,
    -- A code works once: those of this step and before it are used up.
    totp_last_step BIGINT NOT NULL,
    -- Midnight UTC.
    last_sign_in_day BIGINT NOT NULL
);

CREATE TABLE account_grants (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- "server", "hub", or "@handle" of an initiative that lives here.
    scope TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('editor', 'owner')),
    PRIMARY KEY (account_id, scope)
);

CREATE INDEX account_grants_by_scope ON account_grants (scope);

CREATE TABLE passkeys (
    -- The credential's id, base64url.
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    -- COSE, base64url.
    public_key TEXT NOT NULL,
    sign_count BIGINT NOT NULL
);

CREATE INDEX passkeys_by_account ON passkeys (account_id);

CREATE TABLE recovery_codes (
    hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE
);

CREATE INDEX recovery_codes_by_account ON recovery_codes (account_id);

CREATE TABLE sessions (
    hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- 'second-step': the passphrase was right, and it counts as not signed in.
    stage TEXT NOT NULL CHECK (stage IN ('second-step', 'full')),
    began_at BIGINT NOT NULL,
    -- Written once a minute at most.
    used_at BIGINT NOT NULL,
    -- When the passphrase was given last.
    proved_at BIGINT NOT NULL
);

CREATE INDEX sessions_by_account ON sessions (account_id);

CREATE INDEX sessions_by_age ON sessions (began_at);

CREATE TABLE one_time_links (
    hash TEXT NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('set-up', 'reset', 'invitation')),
    -- reset: whose passphrase; invitation: who invites. NULL for the set-up.
    account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    -- What an invitation lets its guest do; empty otherwise.
    scope TEXT NOT NULL,
    role TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE INDEX one_time_links_by_account ON one_time_links (account_id);

CREATE INDEX one_time_links_by_age ON one_time_links (expires_at);

CREATE TABLE own_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL
);

CREATE TABLE call_drafts (
    -- A new call keeps it as its id.
    draft_id TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES initiatives (actor_id) ON DELETE CASCADE,
    -- The published call that these words are to replace; NULL for a new one.
    call_uri TEXT REFERENCES calls (uri),
    -- Raised by each save: two editors at once do not overwrite each other unseen.
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    kind TEXT,
    size TEXT,
    language TEXT NOT NULL,
    themes TEXT NOT NULL,
    start TEXT,
    deadline TEXT,
    link TEXT,
    place TEXT,
    changed_at BIGINT NOT NULL
, as_event INTEGER NOT NULL DEFAULT 0 CHECK (as_event IN (0, 1)));

CREATE UNIQUE INDEX call_drafts_of_calls ON call_drafts (call_uri) WHERE call_uri IS NOT NULL;

CREATE INDEX call_drafts_by_actor ON call_drafts (actor_id, changed_at);

CREATE TABLE "hub_applications" (
    actor_id TEXT NOT NULL REFERENCES initiatives (actor_id) ON DELETE CASCADE,
    -- As it was asked for: "@hub@host" or an address.
    hub TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('resolving', 'asked', 'waiting', 'listed', 'refused', 'removed', 'failed', 'withdrawn')
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

CREATE TABLE hub_application_steps (
    actor_id TEXT NOT NULL,
    hub TEXT NOT NULL,
    number INTEGER NOT NULL,
    state TEXT NOT NULL,
    problem TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    PRIMARY KEY (actor_id, hub, number),
    FOREIGN KEY (actor_id, hub) REFERENCES hub_applications (actor_id, hub) ON DELETE CASCADE
);

CREATE TABLE hub_featured_calls (
    call_uri TEXT NOT NULL PRIMARY KEY,
    featured_at BIGINT NOT NULL
);

CREATE TABLE hub_examinations (
    actor_id TEXT NOT NULL PRIMARY KEY,
    examined_at BIGINT NOT NULL,
    findings TEXT NOT NULL
);

CREATE TABLE hub_previewed_calls (
    actor_id TEXT NOT NULL,
    uri TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (actor_id, uri)
);

CREATE TABLE hub_decisions (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    -- SHA-256 of a salt and of the details.
    commitment TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE hub_decision_details (
    number BIGINT NOT NULL PRIMARY KEY REFERENCES hub_decisions (number),
    salt TEXT NOT NULL,
    -- A label of an account, or of the command line.
    decided_by TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    about TEXT NOT NULL,
    reason TEXT NOT NULL
);

CREATE INDEX hub_decision_details_by_actor ON hub_decision_details (actor_id, number);

CREATE TABLE hub_decision_head (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE hub_reports (
    report_id TEXT NOT NULL PRIMARY KEY,
    host TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'dismissed', 'settled')),
    received_at BIGINT NOT NULL,
    forwarded_at BIGINT,
    ended_at BIGINT,
    CHECK ((state = 'open') = (ended_at IS NULL))
);

CREATE INDEX hub_reports_by_state ON hub_reports (state, received_at);

CREATE TABLE hub_report_objects (
    report_id TEXT NOT NULL REFERENCES hub_reports (report_id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    PRIMARY KEY (report_id, uri)
);

CREATE TABLE hub_pages (
    name TEXT NOT NULL CHECK (name IN ('about', 'rules', 'privacy', 'imprint')),
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (name, language)
);

CREATE TABLE hub_settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE INDEX hub_listings_on_the_map ON hub_listings (state, actor_id, place, themes, languages);

CREATE INDEX hub_calls_on_the_map ON hub_calls (state, actor_id, place, language, kind, size, themes);

CREATE TABLE hub_searchable (
    number INTEGER PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES hub_listings (actor_id),
    -- NULL for the initiative itself.
    call_uri TEXT REFERENCES hub_calls (uri)
);

CREATE UNIQUE INDEX hub_searchable_initiatives ON hub_searchable (actor_id) WHERE call_uri IS NULL;

CREATE UNIQUE INDEX hub_searchable_calls ON hub_searchable (call_uri) WHERE call_uri IS NOT NULL;

CREATE INDEX hub_searchable_by_actor ON hub_searchable (actor_id);

CREATE VIRTUAL TABLE hub_terms USING fts5(title, words, tokenize = 'unicode61 remove_diacritics 0');

CREATE TABLE hub_terms_to_purge (
    owed INTEGER PRIMARY KEY CHECK (owed = 1)
);

CREATE TABLE call_replies (
    id TEXT NOT NULL PRIMARY KEY,
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    actor_id TEXT NOT NULL,
    -- "@name@host", as its own server says; and what they call themselves.
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The reply's page at home; always of the reply's own origin.
    url TEXT,
    language TEXT NOT NULL,
    -- HTML, cleaned on receipt; cleaned again when it is shown.
    content TEXT NOT NULL,
    published_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    arrived_at BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'shown'))
);

CREATE INDEX call_replies_of_call ON call_replies (call_uri, state, published_at, id);

CREATE INDEX call_replies_by_author ON call_replies (actor_id);

CREATE INDEX call_replies_by_age ON call_replies (state, arrived_at);

CREATE TABLE call_replies_hidden (
    digest TEXT NOT NULL PRIMARY KEY,
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    hidden_at BIGINT NOT NULL
);

CREATE INDEX call_replies_hidden_by_age ON call_replies_hidden (hidden_at);

CREATE TABLE call_reactions (
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    kind TEXT NOT NULL CHECK (kind IN ('like', 'boost', 'join')),
    n BIGINT NOT NULL,
    PRIMARY KEY (call_uri, kind)
);

CREATE TABLE origin_dialects (
    origin TEXT NOT NULL PRIMARY KEY,
    dialect TEXT NOT NULL CHECK (dialect IN ('note', 'event')),
    software TEXT NOT NULL,
    learned_at BIGINT NOT NULL
);

CREATE INDEX origin_dialects_by_age ON origin_dialects (learned_at);

CREATE TABLE silent_origins (
    origin TEXT NOT NULL PRIMARY KEY,
    -- The first failure since it answered last.
    since BIGINT NOT NULL
);

CREATE INDEX silent_origins_by_age ON silent_origins (since);

CREATE TABLE read_collections (
    url TEXT NOT NULL PRIMARY KEY,
    etag TEXT,
    last_modified TEXT,
    read_at BIGINT NOT NULL
);

CREATE INDEX read_collections_by_age ON read_collections (read_at);

CREATE TABLE moves (
    old_actor TEXT NOT NULL PRIMARY KEY,
    new_actor TEXT NOT NULL,
    moved_at BIGINT NOT NULL
);

CREATE INDEX moves_by_age ON moves (moved_at);

CREATE TABLE call_readers (
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    inbox TEXT NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (call_uri, inbox)
);

CREATE INDEX call_readers_by_origin ON call_readers (origin);

CREATE TABLE rounds (
    name TEXT NOT NULL PRIMARY KEY,
    -- When it last came to its end, in whichever process.
    done_at BIGINT NOT NULL
);

CREATE INDEX deliveries_due ON deliveries (origin, due_at, activity_id) WHERE state = 'pending';

CREATE INDEX deliveries_next ON deliveries (due_at) WHERE state = 'pending';

CREATE INDEX hub_calls_of_one ON hub_calls (actor_id, updated_at, call_id);

CREATE INDEX calls_by_change ON calls (updated_at, uri) WHERE state <> 'withdrawn';

CREATE INDEX calls_of_one_by_change ON calls (actor_id, updated_at, uri) WHERE state <> 'withdrawn';

CREATE INDEX hub_calls_by_language ON hub_calls (state, language);

CREATE INDEX hub_calls_to_announce ON hub_calls (state, announced, taken_at, uri, actor_id) WHERE announced = 0;

CREATE INDEX activities_in_outbox ON activities (actor_id, id) WHERE listed = 1 AND document IS NOT NULL;

CREATE INDEX following_waiting ON following (follow_id) WHERE state = 'pending';
