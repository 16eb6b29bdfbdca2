-- Replies to calls, and how often a call was liked or passed on.

-- Whether replies to a call are taken in at all.
ALTER TABLE calls ADD COLUMN replies_open INTEGER NOT NULL DEFAULT 1 CHECK (replies_open IN (0, 1));

-- A reply waits for an editor's eye; what is hidden or declined leaves only its digest, in the table below.
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

-- Digests of replies that must not come back: a retry or an edit would bring them before the editors again.
CREATE TABLE call_replies_hidden (
    digest TEXT NOT NULL PRIMARY KEY,
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    hidden_at BIGINT NOT NULL
);

CREATE INDEX call_replies_hidden_by_age ON call_replies_hidden (hidden_at);

-- Numbers only: who it was is forgotten in the same transaction.
CREATE TABLE call_reactions (
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    kind TEXT NOT NULL CHECK (kind IN ('like', 'boost', 'join')),
    n BIGINT NOT NULL,
    PRIMARY KEY (call_uri, kind)
);
