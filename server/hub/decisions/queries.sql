-- name: head
-- The newest entry, as it was noted apart from the chain.
SELECT number, hash FROM hub_decision_head WHERE one = 1;

-- name: note_head
-- One more entry.
INSERT INTO hub_decision_head (one, number, hash) VALUES (1, :number, :hash)
ON CONFLICT (one) DO UPDATE SET number = excluded.number, hash = excluded.hash;

-- name: add_link
-- Nothing ever changes or deletes a row of this table.
INSERT INTO hub_decisions (number, at, act, commitment, previous, hash)
VALUES (:number, :at, :act, :commitment, :previous, :hash);

-- name: add_details
-- What the entry says, apart, so that it can be erased.
INSERT INTO hub_decision_details (number, salt, decided_by, actor_id, handle, name, about, reason)
VALUES (:number, :salt, :decided_by, :actor_id, :handle, :name, :about, :reason);

-- name: chain
-- All of it, oldest first, for its examination.
SELECT d.*, x.salt, x.decided_by, x.actor_id, x.handle, x.name, x.about, x.reason
FROM hub_decisions d LEFT JOIN hub_decision_details x ON x.number = d.number ORDER BY d.number;

-- name: page
-- Newest first, of one kind or all, from a number on.
SELECT d.*, x.decided_by, x.actor_id, x.handle, x.name, x.about, x.reason, l.state
FROM hub_decisions d LEFT JOIN hub_decision_details x ON x.number = d.number
LEFT JOIN hub_listings l ON l.actor_id = x.actor_id
WHERE (CAST(:act AS TEXT) IS NULL OR d.act = CAST(:act AS TEXT))
    AND (CAST(:before AS BIGINT) IS NULL OR d.number < CAST(:before AS BIGINT))
ORDER BY d.number DESC LIMIT :limit;

-- name: about_actor
-- The history of one initiative, newest first.
SELECT d.*, x.decided_by, x.actor_id, x.handle, x.name, x.about, x.reason, l.state
FROM hub_decision_details x JOIN hub_decisions d ON d.number = x.number
LEFT JOIN hub_listings l ON l.actor_id = x.actor_id
WHERE x.actor_id = :actor_id ORDER BY d.number DESC LIMIT :limit;

-- name: public_page
-- Who was listed and who was removed. Whoever left by themselves is not named, and applicants never are.
SELECT d.*, x.decided_by, x.actor_id, x.handle, x.name, x.about, x.reason, l.state
FROM hub_decisions d JOIN hub_decision_details x ON x.number = d.number
JOIN hub_listings l ON l.actor_id = x.actor_id AND l.state NOT IN ('withdrawn', 'gone')
WHERE d.act IN ('admit', 'remove') AND (CAST(:before AS BIGINT) IS NULL OR d.number < CAST(:before AS BIGINT))
ORDER BY d.number DESC LIMIT :limit;

-- name: erase_actor
-- An account that was deleted: what is kept of it here is that something was decided.
DELETE FROM hub_decision_details WHERE actor_id = :actor_id;

-- name: erase_old
-- Refusals after half a year, the rest after two; the listing of whoever is listed still stays.
DELETE FROM hub_decision_details
WHERE number IN (
    SELECT d.number FROM hub_decisions d JOIN hub_decision_details x ON x.number = d.number
    WHERE (d.act = 'refuse' AND d.at < :refused_before)
        OR (d.at < :before AND NOT (d.act = 'admit' AND EXISTS (
            SELECT 1 FROM hub_listings l WHERE l.actor_id = x.actor_id AND l.state = 'listed'
        )))
);
