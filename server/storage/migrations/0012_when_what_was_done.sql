-- Chores keep their pace across all processes and all starts.

CREATE TABLE rounds (
    name TEXT NOT NULL PRIMARY KEY,
    -- When it last came to its end, in whichever process.
    done_at BIGINT NOT NULL
);
