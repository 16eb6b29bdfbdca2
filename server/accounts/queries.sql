-- name: any_account
-- Whether anybody can sign in at all.
SELECT 1 AS found FROM accounts LIMIT 1;

-- name: insert_account
-- A name that is taken inserts nothing.
INSERT INTO accounts (id, name, folded_name, passphrase_hash, totp_secret, totp_last_step, last_sign_in_day)
VALUES (:id, :name, :folded_name, :passphrase_hash, NULL, 0, :day)
ON CONFLICT DO NOTHING;

-- name: account_by_name
-- Signing in.
SELECT id, name, passphrase_hash, totp_secret, totp_last_step,
    EXISTS (SELECT 1 FROM passkeys WHERE account_id = accounts.id) AS has_passkey
FROM accounts WHERE folded_name = :folded_name;

-- name: account_by_id
-- Everything about one person's way in.
SELECT id, name, passphrase_hash, totp_secret, totp_last_step,
    EXISTS (SELECT 1 FROM passkeys WHERE account_id = accounts.id) AS has_passkey
FROM accounts WHERE id = :id;

-- name: all_accounts
-- For the command line.
SELECT id, name FROM accounts ORDER BY folded_name;

-- name: rename
-- A name that another account has changes nothing.
UPDATE accounts SET name = :name, folded_name = :folded_name
WHERE id = :id AND NOT EXISTS (SELECT 1 FROM accounts WHERE folded_name = :folded_name AND id <> :id);

-- name: set_passphrase
-- Its hash.
UPDATE accounts SET passphrase_hash = :passphrase_hash WHERE id = :id;

-- name: note_day
-- The day of the last sign-in, and no more of it.
UPDATE accounts SET last_sign_in_day = :day WHERE id = :id;

-- name: delete_account
-- With everything that hangs on it.
DELETE FROM accounts WHERE id = :id;

-- name: set_totp
-- NULL removes it. A step that was used for the proof is used up.
UPDATE accounts SET totp_secret = :secret, totp_last_step = :step WHERE id = :id;

-- name: use_totp_step
-- Of two requests with one code only the first changes a row.
UPDATE accounts SET totp_last_step = :step WHERE id = :id AND totp_last_step < :step;

-- name: grants_of
-- What a person was granted, without initiatives that are no more.
SELECT scope, role FROM account_grants
WHERE account_id = :account_id
AND NOT EXISTS (
    SELECT 1 FROM local_actors WHERE '@' || local_actors.handle = account_grants.scope AND state = 'deleted'
)
ORDER BY scope;

-- name: living_handles
-- The initiatives that an owner of the server owns.
SELECT handle FROM local_actors WHERE kind = 'initiative' AND state = 'active' ORDER BY handle;

-- name: insert_grant
-- An owner stays an owner when somebody invites them as an editor.
INSERT INTO account_grants (account_id, scope, role) VALUES (:account_id, :scope, :role)
ON CONFLICT (account_id, scope) DO UPDATE SET role = excluded.role WHERE account_grants.role = 'editor';

-- name: delete_grant
-- Taken away.
DELETE FROM account_grants WHERE account_id = :account_id AND scope = :scope;

-- name: grants_in_scope
-- Who may edit this.
SELECT account_id, name, role FROM account_grants
JOIN accounts ON accounts.id = account_grants.account_id
WHERE scope = :scope
ORDER BY folded_name;

-- name: delete_grants_of_the_gone
-- A removed initiative's handle is never given away again, so nobody needs a right to it.
DELETE FROM account_grants WHERE EXISTS (
    SELECT 1 FROM local_actors WHERE '@' || local_actors.handle = account_grants.scope AND state = 'deleted'
);

-- name: insert_passkey
-- One that is there already, here or with somebody else, inserts nothing.
INSERT INTO passkeys (id, account_id, label, public_key, sign_count)
VALUES (:id, :account_id, :label, :public_key, :sign_count)
ON CONFLICT DO NOTHING;

-- name: passkeys_of
-- One person's passkeys.
SELECT id, label, public_key, sign_count FROM passkeys WHERE account_id = :account_id ORDER BY label, id;

-- name: set_sign_count
-- A device that counts may only count upwards, or there are two of it.
UPDATE passkeys SET sign_count = :sign_count WHERE id = :id AND account_id = :account_id;

-- name: delete_passkey
-- Only by its owner.
DELETE FROM passkeys WHERE id = :id AND account_id = :account_id;

-- name: delete_passkeys_of
-- All of one person.
DELETE FROM passkeys WHERE account_id = :account_id;

-- name: insert_recovery_code
-- Its hash.
INSERT INTO recovery_codes (hash, account_id) VALUES (:hash, :account_id);

-- name: use_recovery_code
-- A code works once.
DELETE FROM recovery_codes WHERE hash = :hash AND account_id = :account_id;

-- name: delete_recovery_codes
-- New ones replace them all.
DELETE FROM recovery_codes WHERE account_id = :account_id;

-- name: count_recovery_codes
-- How many are left.
SELECT COUNT(*) AS n FROM recovery_codes WHERE account_id = :account_id;

-- name: insert_session
-- Its cookie is the only place that holds the id itself.
INSERT INTO sessions (hash, account_id, stage, began_at, used_at, proved_at)
VALUES (:hash, :account_id, :stage, :began_at, :used_at, :proved_at);

-- name: session_by_hash
-- With what its person needs for signing in further.
SELECT hash, account_id, stage, began_at, used_at, proved_at, accounts.name, totp_secret IS NOT NULL AS has_totp,
    EXISTS (SELECT 1 FROM passkeys WHERE passkeys.account_id = sessions.account_id) AS has_passkey
FROM sessions JOIN accounts ON accounts.id = sessions.account_id
WHERE hash = :hash;

-- name: touch_session
-- It was used.
UPDATE sessions SET used_at = :now WHERE hash = :hash;

-- name: delete_session
-- Ended; only by its own person.
DELETE FROM sessions WHERE hash = :hash AND account_id = :account_id;

-- name: delete_sessions_of
-- All of one person but `but` ("" for all).
DELETE FROM sessions WHERE account_id = :account_id AND hash <> :but;

-- name: sessions_of
-- Where a person is signed in.
SELECT hash, began_at, used_at FROM sessions
WHERE account_id = :account_id AND stage = 'full' AND began_at > :began_after AND used_at > :used_after
ORDER BY began_at DESC, hash;

-- name: delete_old_sessions
-- Those whose time is over.
DELETE FROM sessions
WHERE began_at <= :began_before OR used_at <= :used_before OR (stage = 'second-step' AND began_at <= :pending_before);

-- name: insert_link
-- A link that works once.
INSERT INTO one_time_links (hash, purpose, account_id, scope, role, expires_at)
VALUES (:hash, :purpose, :account_id, :scope, :role, :expires_at);

-- name: link_by_hash
-- What a link is good for; looking does not consume it. Nobody is invited to an initiative that is no more.
SELECT hash, account_id, scope, role, expires_at FROM one_time_links
WHERE hash = :hash AND purpose = :purpose AND expires_at > :now
AND NOT EXISTS (
    SELECT 1 FROM local_actors WHERE '@' || local_actors.handle = one_time_links.scope AND state = 'deleted'
);

-- name: use_link
-- Of two requests with one link only the first deletes a row.
DELETE FROM one_time_links WHERE hash = :hash AND purpose = :purpose AND expires_at > :now;

-- name: delete_links_of
-- A new link of this purpose replaces the old; NULL is the set-up's.
DELETE FROM one_time_links
WHERE purpose = :purpose AND (account_id = :account_id OR (account_id IS NULL AND CAST(:account_id AS TEXT) IS NULL));

-- name: delete_invitations_from
-- Whoever lost a right invites nobody to it any more.
DELETE FROM one_time_links WHERE purpose = 'invitation' AND account_id = :account_id
AND (CAST(:scope AS TEXT) IS NULL OR scope = :scope);

-- name: open_invitations
-- Those that nobody has accepted yet.
SELECT hash, account_id, scope, role, expires_at FROM one_time_links
WHERE purpose = 'invitation' AND expires_at > :now
ORDER BY expires_at, hash;

-- name: delete_invitation
-- Taken back.
DELETE FROM one_time_links WHERE purpose = 'invitation' AND hash = :hash;

-- name: delete_old_links
-- Those whose time is over.
DELETE FROM one_time_links WHERE expires_at <= :now;

-- name: keep_secret
-- The first one stays.
INSERT INTO own_secrets (name, secret) VALUES (:name, :secret) ON CONFLICT DO NOTHING;

-- name: own_secret
-- By its name.
SELECT secret FROM own_secrets WHERE name = :name;
