-- name: insert_initiative
-- A new initiative; its actor is in local_actors already.
INSERT INTO initiatives (
    actor_id, handle, name, summary, languages, themes, place, icon_name, icon_media_type, icon_alt,
    place_decided, published_at, updated_at
)
VALUES (
    :actor_id, :handle, :name, :summary, :languages, :themes, :place, :icon_name, :icon_media_type, :icon_alt,
    :place_decided, :published_at, :updated_at
);

-- name: update_initiative
-- An edited profile, whole.
UPDATE initiatives SET
    name = :name, summary = :summary, languages = :languages, themes = :themes, place = :place,
    icon_name = :icon_name, icon_media_type = :icon_media_type, icon_alt = :icon_alt,
    place_decided = :place_decided, updated_at = :updated_at
WHERE actor_id = :actor_id;

-- name: delete_initiative
-- Its links and applications go with it; the handle stays taken in local_actors.
DELETE FROM initiatives WHERE actor_id = :actor_id;

-- name: delete_links
-- Links are replaced as a whole.
DELETE FROM initiative_links WHERE actor_id = :actor_id;

-- name: insert_link
-- One link, in the order given.
INSERT INTO initiative_links (actor_id, position, name, url) VALUES (:actor_id, :position, :name, :url);

-- name: links_of
-- In the order given.
SELECT name, url FROM initiative_links WHERE actor_id = :actor_id ORDER BY position;

-- name: initiative_by_handle
-- Pages and commands name initiatives by handle.
SELECT * FROM initiatives WHERE handle = :handle;

-- name: initiative_by_id
-- Calls know their initiative by its actor id.
SELECT * FROM initiatives WHERE actor_id = :actor_id;

-- name: page_of_initiatives
-- All initiatives of the instance, or those of one theme, by handle.
SELECT * FROM initiatives
WHERE (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || :theme || ' %')
ORDER BY handle LIMIT :limit OFFSET :offset;

-- name: count_initiatives
-- How many there are on all those pages.
SELECT COUNT(*) AS n FROM initiatives
WHERE (CAST(:theme AS TEXT) IS NULL OR ' ' || themes || ' ' LIKE '% ' || :theme || ' %');

-- name: inboxes_ever_reached
-- Whoever got anything of an actor may hold a copy: its Delete goes to all of them (PROTOCOL 4.3).
SELECT DISTINCT deliveries.inbox, deliveries.origin
FROM activities JOIN deliveries ON deliveries.activity_id = activities.id
WHERE activities.actor_id = :actor_id;

-- name: servers_following
-- Each of these holds a copy of what is published, for all of its people together.
SELECT COUNT(DISTINCT remote_actors.origin) AS n
FROM followers JOIN remote_actors ON remote_actors.id = followers.actor_id
WHERE followers.local_actor = :actor_id;

-- name: forget_followers
-- Of a removed initiative nobody needs to know who followed it.
DELETE FROM followers WHERE local_actor = :actor_id;
