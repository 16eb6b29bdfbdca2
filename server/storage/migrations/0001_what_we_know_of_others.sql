-- What this instance knows of other servers and owes to them.
-- Times are milliseconds since 1970 UTC. Documents are TEXT, byte-exact: a signature may cover them.
-- Nobody's name, text, picture or time of following is in here: what delivery needs, and nothing more.

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
-- A 404 or 410 from an inbox asks who was behind it.
CREATE INDEX remote_actors_by_inbox ON remote_actors (inbox);
CREATE INDEX remote_actors_by_shared_inbox ON remote_actors (shared_inbox) WHERE shared_inbox IS NOT NULL;
-- A refused activity asks: does it reach for somebody of a server we know?
CREATE INDEX remote_actors_by_origin ON remote_actors (origin);
-- Retention looks for actors that nothing has to do with any more.
CREATE INDEX remote_actors_by_age ON remote_actors (fetched_at);

CREATE TABLE remote_keys (
    id TEXT NOT NULL PRIMARY KEY,
    actor_id TEXT NOT NULL REFERENCES remote_actors (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('rsa', 'ed25519')),
    public TEXT NOT NULL
);
CREATE INDEX remote_keys_by_actor ON remote_keys (actor_id);

-- Has no time on purpose: when somebody began to follow is nobody's business.
CREATE TABLE followers (
    local_actor TEXT NOT NULL REFERENCES local_actors (id),
    actor_id TEXT NOT NULL REFERENCES remote_actors (id),
    -- An Undo may name nothing but the Follow's id.
    follow_id TEXT NOT NULL,
    PRIMARY KEY (local_actor, actor_id)
);
-- A deleted actor leaves all it followed; deleting from remote_actors checks this reference.
CREATE INDEX followers_by_actor ON followers (actor_id);

CREATE TABLE following (
    follow_id TEXT NOT NULL PRIMARY KEY,
    local_actor TEXT NOT NULL REFERENCES local_actors (id),
    target TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'accepted', 'rejected', 'ended')),
    reason TEXT NOT NULL
);
-- One living Follow of one target: a second would make its Accept ambiguous.
CREATE UNIQUE INDEX following_alive ON following (local_actor, target) WHERE state IN ('pending', 'accepted');
-- Retention asks whether we have to do with an actor, and an ended actor ends what we followed.
CREATE INDEX following_by_target ON following (target);

-- One row per activity taken in. The digest covers actor and id together, so that no row names anybody.
CREATE TABLE received_activities (
    digest TEXT NOT NULL PRIMARY KEY,
    body_hash TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    processed_at BIGINT
);
-- Retention takes the oldest.
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
-- Pages of an outbox, newest first.
CREATE INDEX activities_in_outbox ON activities (actor_id, id) WHERE listed = 1;
-- Erasing an object erases everything ever said about it.
CREATE INDEX activities_by_object ON activities (object_id);
-- Retention drops old activities that are in no outbox.
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
-- The worker asks which origins have something due, then for the due ones of one origin.
CREATE INDEX deliveries_due ON deliveries (origin, due_at) WHERE state = 'pending';
-- "Is an earlier one about this object still on its way to this inbox?"
CREATE INDEX deliveries_in_line ON deliveries (object_id, inbox, activity_id) WHERE state = 'pending';
-- Retention takes those that ended long ago.
CREATE INDEX deliveries_ended ON deliveries (ended_at) WHERE state <> 'pending';

-- The breaker of each origin that failed lately; no row means that all is well.
CREATE TABLE origins (
    origin TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    first_failure BIGINT,
    open_until BIGINT
);

-- Whatever has to be fetched because of what a transaction saw.
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
-- The worker takes the one that has been due for longest.
CREATE INDEX errands_due ON errands (state, due_at);

-- An actor's id or a whole origin.
CREATE TABLE blocks (
    target TEXT NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL
);

-- What retention has taken away, by kind, so that totals stay true.
CREATE TABLE counters (
    name TEXT NOT NULL PRIMARY KEY,
    value BIGINT NOT NULL
);
