-- name: insert_keys
-- The keys of a new actor; an actor has one pair of each kind.
INSERT INTO actor_keys (actor_id, signing_pem, proof_pem, created_at)
VALUES (:actor_id, :signing_pem, :proof_pem, :now);

-- name: keys_of
-- The keys of one actor.
SELECT signing_pem, proof_pem FROM actor_keys WHERE actor_id = :actor_id;

-- name: drop_keys
-- Keys of actors that were deleted long ago and have nothing left to send.
DELETE FROM actor_keys
WHERE actor_id IN (
    SELECT id FROM local_actors WHERE state = 'deleted' AND changed_at < :before
)
AND NOT EXISTS (
    SELECT 1 FROM deliveries JOIN activities ON activities.id = deliveries.activity_id
    WHERE deliveries.state = 'pending' AND activities.actor_id = actor_keys.actor_id
);
