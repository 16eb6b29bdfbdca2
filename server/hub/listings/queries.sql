-- name: by_actor
-- One record by the initiative's account.
SELECT * FROM hub_listings WHERE actor_id = :actor_id;

-- name: by_listing_id
-- One record by the short id in our page addresses.
SELECT * FROM hub_listings WHERE listing_id = :listing_id;

-- name: by_handle
-- Records that bear this confirmed handle; more than one only while a server hands a name to another account.
-- Who waits or is listed comes before who has left.
SELECT * FROM hub_listings
WHERE handle = :handle
ORDER BY CASE state WHEN 'listed' THEN 0 WHEN 'applied' THEN 1 ELSE 2 END, since DESC;

-- name: insert_application
-- The first application of an account.
INSERT INTO hub_listings (
    actor_id, listing_id, handle, state, since, follow_id, key_method, key_multibase,
    document, updated_at, name, languages, themes, place, icon_url
)
VALUES (
    :actor_id, :listing_id, :handle, 'applied', :since, :follow_id, :key_method, :key_multibase,
    :document, :updated_at, :name, :languages, :themes, :place, :icon_url
);

-- name: apply_again
-- A new application of an account whose record had ended; the curator's old reason goes with it.
UPDATE hub_listings
SET handle = :handle, state = 'applied', reason = '', since = :since, disputed = 0, follow_id = :follow_id,
    key_method = :key_method, key_multibase = :key_multibase, document = :document, updated_at = :updated_at,
    name = :name, languages = :languages, themes = :themes, place = :place, icon_url = :icon_url
WHERE actor_id = :actor_id AND state NOT IN ('applied', 'listed');

-- name: replace_profile
-- A newer profile by the pinned key; it also ends a dispute.
UPDATE hub_listings
SET disputed = 0, key_method = :key_method, document = :document, updated_at = :updated_at, name = :name,
    languages = :languages, themes = :themes, place = :place, edited_place = :edited_place, icon_url = :icon_url
WHERE actor_id = :actor_id AND state IN ('applied', 'listed');

-- name: set_edits
-- What editors say in place of the initiative; its signed bytes stay as they are.
UPDATE hub_listings
SET edited_themes = :edited_themes, edited_place = :edited_place, themes = :themes, place = :place
WHERE actor_id = :actor_id AND state IN ('applied', 'listed');

-- name: set_follow
-- The application's Follow came again with a new id; an Undo by that id must find it.
UPDATE hub_listings SET follow_id = :follow_id, handle = :handle
WHERE actor_id = :actor_id AND state IN ('applied', 'listed');

-- name: set_disputed
-- The account's server shows something the pinned key did not sign.
UPDATE hub_listings SET disputed = :disputed
WHERE actor_id = :actor_id AND state IN ('applied', 'listed') AND disputed <> :disputed;

-- name: set_moved
-- It says that it has moved; or does not say so any more.
UPDATE hub_listings SET moved_to = :moved_to WHERE actor_id = :actor_id AND state IN ('applied', 'listed');

-- name: count_moved
-- How many say that they have moved.
SELECT COUNT(*) AS found FROM hub_listings WHERE state IN ('applied', 'listed') AND moved_to IS NOT NULL;

-- name: admit
-- A curator takes the application; an initiative already listed is left as it is.
UPDATE hub_listings SET state = 'listed', reason = '', since = :since
WHERE actor_id = :actor_id AND state = 'applied';

-- name: finish
-- The record ends: whatever was kept of the profile is erased in the same statement.
UPDATE hub_listings
SET state = :state, reason = :reason, since = :since, disputed = 0, follow_id = NULL, key_method = NULL,
    key_multibase = NULL, document = NULL, updated_at = NULL, name = NULL, languages = NULL, themes = NULL,
    place = NULL, icon_url = NULL, icon_file = NULL, read_at = NULL, edited_themes = NULL, edited_place = NULL,
    moved_to = NULL
WHERE actor_id = :actor_id;

-- name: set_icon
-- Our own copy of the icon, unless the profile has named another one meanwhile.
UPDATE hub_listings SET icon_file = :icon_file
WHERE actor_id = :actor_id AND state IN ('applied', 'listed') AND icon_url = :icon_url;

-- name: drop_icon
-- No icon is shown any more.
UPDATE hub_listings SET icon_file = NULL WHERE actor_id = :actor_id;

-- name: discard_icon
-- The file is deleted by a chore, outside of this transaction.
INSERT INTO hub_discarded_icons (icon_file) VALUES (:icon_file) ON CONFLICT (icon_file) DO NOTHING;

-- name: discarded_icons
-- Files to delete.
SELECT icon_file FROM hub_discarded_icons ORDER BY icon_file LIMIT :limit;

-- name: forget_discarded_icon
-- The file is deleted.
DELETE FROM hub_discarded_icons WHERE icon_file = :icon_file;

-- name: applications
-- What waits for a curator, oldest first.
SELECT * FROM hub_listings WHERE state = 'applied' ORDER BY since, actor_id LIMIT :limit;

-- name: count_applications
-- How many wait.
SELECT COUNT(*) AS found FROM hub_listings WHERE state = 'applied';

-- name: count_applications_of
-- How many of one server wait.
SELECT COUNT(*) AS found FROM hub_listings
WHERE state = 'applied' AND substr(actor_id, 1, length(:origin) + 1) = :origin || '/';

-- name: kept_ids
-- Who waits or is listed: whom a block hits is a question of the labels in their hosts.
SELECT actor_id FROM hub_listings WHERE state IN ('applied', 'listed');

-- name: all_known
-- All records in short, with the time of the latest change heard of, profile or call.
SELECT l.actor_id, l.listing_id, l.handle, l.state, l.since, l.name, l.themes, l.disputed, l.key_multibase, l.moved_to,
    COALESCE((SELECT MAX(c.updated_at) FROM hub_calls c WHERE c.actor_id = l.actor_id
        AND c.updated_at > COALESCE(l.updated_at, 0)), l.updated_at, l.since) AS heard_at
FROM hub_listings l ORDER BY COALESCE(l.name, l.handle), l.actor_id;

-- name: kept_documents
-- Signed profiles, to see who shares an address with whom.
SELECT handle, document FROM hub_listings WHERE state IN ('applied', 'listed');

-- name: forget_ended
-- Whoever was refused or has left is not remembered for ever, nor a removal longer than its place in the log.
DELETE FROM hub_listings
WHERE (state IN ('refused', 'withdrawn', 'gone') AND since < :before) OR (state = 'removed' AND since < :removed_before);

-- name: page
-- Listed initiatives, last changed first, from a place in that order on.
SELECT * FROM hub_listings
WHERE state = 'listed'
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:language AS TEXT) IS NULL OR ' ' || languages || ' ' LIKE '% ' || CAST(:language AS TEXT) || ' %'
        OR ' ' || languages LIKE '% ' || CAST(:language AS TEXT) || '-%')
    AND (CAST(:before AS BIGINT) IS NULL OR updated_at < CAST(:before AS BIGINT)
        OR (updated_at = CAST(:before AS BIGINT) AND listing_id < CAST(:before_id AS TEXT)))
ORDER BY updated_at DESC, listing_id DESC
LIMIT :limit;

-- name: count_filtered
-- How many listed initiatives a filter finds.
SELECT COUNT(*) AS found FROM hub_listings
WHERE state = 'listed'
    AND (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || CAST(:theme AS TEXT) || ' %')
    AND (CAST(:language AS TEXT) IS NULL OR ' ' || languages || ' ' LIKE '% ' || CAST(:language AS TEXT) || ' %'
        OR ' ' || languages LIKE '% ' || CAST(:language AS TEXT) || '-%');

-- name: placed
-- Listed initiatives with a place, for the map.
SELECT actor_id, listing_id, handle, name, place FROM hub_listings
WHERE state = 'listed' AND place IS NOT NULL
ORDER BY place, name, actor_id;

-- name: count_undisclosed
-- Listed initiatives that are nowhere on the map.
SELECT COUNT(*) AS found FROM hub_listings WHERE state = 'listed' AND place IS NULL;

-- name: languages_in_use
-- What listed initiatives speak, for the choice in the filter.
SELECT DISTINCT languages FROM hub_listings WHERE state = 'listed' AND languages <> '' ORDER BY languages LIMIT 500;

-- name: due_for_reading
-- Listed initiatives whose outbox was not read for long: a push may have been lost.
SELECT actor_id, read_at FROM hub_listings
WHERE state = 'listed' AND (read_at IS NULL OR read_at < :before)
ORDER BY read_at LIMIT :limit;

-- name: forget_reading
-- All but those that were read just now are due.
UPDATE hub_listings SET read_at = NULL WHERE state = 'listed' AND read_at < :before;

-- name: set_read
-- The outbox was read, or its reading is on its way.
UPDATE hub_listings SET read_at = :read_at WHERE actor_id = :actor_id AND state = 'listed';
