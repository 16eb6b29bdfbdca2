-- Servers that fetched a call by a signed GET: its edits and its end are sent there too, though nobody there follows.

-- A shared inbox of the origin, never a person's.
CREATE TABLE call_readers (
    call_uri TEXT NOT NULL REFERENCES calls (uri),
    inbox TEXT NOT NULL,
    origin TEXT NOT NULL,
    PRIMARY KEY (call_uri, inbox)
);

CREATE INDEX call_readers_by_origin ON call_readers (origin);
