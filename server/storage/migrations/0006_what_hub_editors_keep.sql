-- What a hub's editors keep: edits of listings, what they feature and hold back, decisions, reports, pages, settings.

-- What editors say instead of the initiative; NULL is "as it says itself". `themes` and `place` stay what is shown.
ALTER TABLE hub_listings ADD COLUMN edited_themes TEXT
CHECK (edited_themes IS NULL OR state IN ('applied', 'listed'));
-- A label of the gazetteer, or 'undisclosed'.
ALTER TABLE hub_listings ADD COLUMN edited_place TEXT
CHECK (edited_place IS NULL OR state IN ('applied', 'listed'));

-- Not to be announced until an editor lets it go.
ALTER TABLE hub_announcements ADD COLUMN held_back INTEGER NOT NULL DEFAULT 0 CHECK (held_back IN (0, 1));

-- For the person who keeps the list; told to nobody.
ALTER TABLE blocks ADD COLUMN reason TEXT NOT NULL DEFAULT '';
ALTER TABLE blocks ADD COLUMN blocked_by TEXT NOT NULL DEFAULT '';

-- The row outlives its call until the Remove is written.
CREATE TABLE hub_featured_calls (
    call_uri TEXT NOT NULL PRIMARY KEY,
    featured_at BIGINT NOT NULL
);

-- What was found when an applicant was looked at; JSON. Gone with the application or listing.
CREATE TABLE hub_examinations (
    actor_id TEXT NOT NULL PRIMARY KEY,
    examined_at BIGINT NOT NULL,
    findings TEXT NOT NULL
);

-- A few calls of an applicant, for editors alone: not announced, in no list and in no feed.
CREATE TABLE hub_previewed_calls (
    actor_id TEXT NOT NULL,
    uri TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (actor_id, uri)
);

-- Append-only: each row's hash covers the row before it. What may have to be erased is in the table below.
CREATE TABLE hub_decisions (
    number BIGINT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    act TEXT NOT NULL,
    -- SHA-256 of a salt and of the details.
    commitment TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);

-- Erasing details and salt leaves nothing readable, and the chain whole.
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

-- The newest entry, so that one cut off at the end is missed.
CREATE TABLE hub_decision_head (
    one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    hash TEXT NOT NULL
);

-- Reports by other servers. Of the reporter only the server is kept.
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

-- What of ours a report names: an initiative, a call, or the hub itself.
CREATE TABLE hub_report_objects (
    report_id TEXT NOT NULL REFERENCES hub_reports (report_id) ON DELETE CASCADE,
    uri TEXT NOT NULL,
    PRIMARY KEY (report_id, uri)
);

-- What the editors write in the pages about this hub; Markdown, one row for each language.
CREATE TABLE hub_pages (
    name TEXT NOT NULL CHECK (name IN ('about', 'rules', 'privacy', 'imprint')),
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (name, language)
);

-- What editors decide instead of the settings file.
CREATE TABLE hub_settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
