-- Calls that are also events, and which servers are sent which of the two.

-- What NodeInfo said of a server's software, and what is sent there because of it.
CREATE TABLE origin_dialects (
    origin TEXT NOT NULL PRIMARY KEY,
    dialect TEXT NOT NULL CHECK (dialect IN ('note', 'event')),
    software TEXT NOT NULL,
    learned_at BIGINT NOT NULL
);

CREATE INDEX origin_dialects_by_age ON origin_dialects (learned_at);

-- Offered to event calendars as well: the signed Event, or its Tombstone once the call is withdrawn; NULL when it never was.
ALTER TABLE calls ADD COLUMN as_event INTEGER NOT NULL DEFAULT 0 CHECK (as_event IN (0, 1));
ALTER TABLE calls ADD COLUMN event_document TEXT;
ALTER TABLE call_drafts ADD COLUMN as_event INTEGER NOT NULL DEFAULT 0 CHECK (as_event IN (0, 1));
