-- name: insert_actor
-- A new actor; a handle that was ever used conflicts and changes nothing.
INSERT INTO local_actors (id, kind, handle, state, document, changed_at)
VALUES (:id, :kind, :handle, 'active', :document, :now)
ON CONFLICT DO NOTHING;

-- name: actor_by_handle
-- WebFinger asks by handle, which is kept in lower case.
SELECT id, kind, handle, state, document FROM local_actors WHERE handle = :handle;

-- name: actor_by_id
-- Doors and listeners ask by id.
SELECT id, kind, handle, state, document FROM local_actors WHERE id = :id;

-- name: all_actors
-- The living actors of one kind, in the order of their handles.
SELECT id, kind, handle, state, document FROM local_actors
WHERE kind = :kind AND state = 'active' ORDER BY handle;

-- name: replace_document
-- An edited profile; a deleted actor is not brought back.
UPDATE local_actors SET document = :document, changed_at = :now WHERE id = :id AND state = 'active';

-- name: bury
-- Deleted on purpose: the Tombstone takes the document's place and the handle stays taken.
UPDATE local_actors SET state = 'deleted', document = :document, changed_at = :now
WHERE id = :id AND state = 'active';
