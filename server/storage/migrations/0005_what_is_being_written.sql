-- What editors have not published yet, whether a place was thought about, and how applications to hubs went.

-- "undisclosed" as a choice is told from no choice at all: who has not chosen yet is asked.
ALTER TABLE initiatives ADD COLUMN place_decided INTEGER NOT NULL DEFAULT 0 CHECK (place_decided IN (0, 1));

UPDATE initiatives SET place_decided = 1 WHERE place IS NOT NULL;

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
);

CREATE UNIQUE INDEX call_drafts_of_calls ON call_drafts (call_uri) WHERE call_uri IS NOT NULL;

CREATE INDEX call_drafts_by_actor ON call_drafts (actor_id, changed_at);

-- Anew with one state more: an initiative may take its application back.
CREATE TABLE hub_applications_anew (
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

INSERT INTO hub_applications_anew (actor_id, hub, state, hub_id, hub_handle, hub_follow_id, problem, asked_at)
SELECT actor_id, hub, state, hub_id, hub_handle, hub_follow_id, problem, asked_at FROM hub_applications;

DROP TABLE hub_applications;

ALTER TABLE hub_applications_anew RENAME TO hub_applications;

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
