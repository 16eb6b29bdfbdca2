-- People who edit here. Nothing says where they come from, with what, or when: only the day of the last sign-in.
-- Ids of sessions, links and codes are random and long; only their SHA-256 is kept.

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
-- The page of an initiative's people asks who may edit it.
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
-- A chore removes those whose time is over.
CREATE INDEX sessions_by_age ON sessions (began_at);

-- Links that work once: the first set-up, a new passphrase, an invitation.
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

-- What this server proves things with to itself, such as which browsers it knows.
CREATE TABLE own_secrets (
    name TEXT NOT NULL PRIMARY KEY,
    secret TEXT NOT NULL
);
