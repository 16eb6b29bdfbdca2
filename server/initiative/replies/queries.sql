-- name: insert_reply
-- A reply that waits for an editor.
INSERT INTO call_replies (
    id, call_uri, actor_id, handle, name, url, language, content, published_at, updated_at, arrived_at, state
)
VALUES (
    :id, :call_uri, :actor_id, :handle, :name, :url, :language, :content, :published_at, :updated_at, :now, 'waiting'
);

-- name: rewrite_reply
-- Its author changed it: the new words wait, the old ones are gone.
UPDATE call_replies SET
    call_uri = :call_uri, url = :url, language = :language, content = :content,
    published_at = :published_at, updated_at = :updated_at, arrived_at = :now, state = 'waiting'
WHERE id = :id;

-- name: name_author
-- What an author is called, once their own server was asked.
UPDATE call_replies SET handle = :handle, name = :name WHERE actor_id = :actor_id;

-- name: reply_by_id
-- One reply in any state.
SELECT * FROM call_replies WHERE id = :id;

-- name: author_of
-- How somebody is called in another reply of theirs.
SELECT handle, name FROM call_replies WHERE actor_id = :actor_id AND handle <> '' LIMIT 1;

-- name: show_reply
-- An editor's yes.
UPDATE call_replies SET state = 'shown' WHERE id = :id AND state = 'waiting';

-- name: delete_reply
-- Erased, in whatever state.
DELETE FROM call_replies WHERE id = :id;

-- name: delete_by_another
-- A neighbour had taken its address before it came.
DELETE FROM call_replies WHERE id = :id AND actor_id <> :actor_id;

-- name: delete_of_author
-- Everything somebody said here.
DELETE FROM call_replies WHERE actor_id = :actor_id;

-- name: delete_of_call
-- A withdrawn call takes its replies with it.
DELETE FROM call_replies WHERE call_uri = :call_uri;

-- name: forget_hidden_of_call
-- Nothing can come back to a withdrawn call.
DELETE FROM call_replies_hidden WHERE call_uri = :call_uri;

-- name: forget_reactions
-- A withdrawn call is liked no more.
DELETE FROM call_reactions WHERE call_uri = :call_uri;

-- name: delete_orphans
-- Of authors who are known here no more: their account was deleted where they lived.
DELETE FROM call_replies
WHERE NOT EXISTS (SELECT 1 FROM remote_actors WHERE remote_actors.id = call_replies.actor_id);

-- name: forget_errands
-- What was still to be fetched for replies that are gone, or could not be: it names the reply, or its author.
DELETE FROM errands
WHERE (kind = 'fetch-forwarded' AND NOT EXISTS (SELECT 1 FROM call_replies WHERE call_replies.id = errands.subject))
OR (
    kind = 'name-reply-author'
    AND NOT EXISTS (SELECT 1 FROM call_replies WHERE call_replies.actor_id = errands.subject)
);

-- name: delete_waiting_before
-- Nobody looked for a month.
DELETE FROM call_replies WHERE state = 'waiting' AND arrived_at < :before;

-- name: insert_hidden
-- A digest is all that stays of a hidden reply.
INSERT INTO call_replies_hidden (digest, call_uri, hidden_at) VALUES (:digest, :call_uri, :now)
ON CONFLICT DO NOTHING;

-- name: find_hidden
-- Whether it was hidden before.
SELECT digest FROM call_replies_hidden WHERE digest = :digest;

-- name: delete_hidden_before
-- After more than a year nobody sends an old post again.
DELETE FROM call_replies_hidden WHERE hidden_at < :before;

-- name: door_of_call
-- Whether replies to a call are taken in.
SELECT replies_open FROM calls WHERE uri = :uri AND state IN ('open', 'closed');

-- name: set_door_of_call
-- Closed by an editor, or opened again.
UPDATE calls SET replies_open = :replies_open WHERE uri = :uri AND state IN ('open', 'closed');

-- name: waiting_authors
-- Who waits at one call; never more than its cap.
SELECT actor_id FROM call_replies WHERE call_uri = :call_uri AND state = 'waiting';

-- name: count_of_author
-- How much somebody said since.
SELECT COUNT(*) AS n FROM call_replies WHERE actor_id = :actor_id AND arrived_at >= :since;

-- name: waiting_of_initiative
-- What an initiative's editors have to look at, the oldest first; of one call or of all.
SELECT call_replies.* FROM call_replies JOIN calls ON calls.uri = call_replies.call_uri
WHERE calls.actor_id = :actor_id AND call_replies.state = 'waiting'
AND (CAST(:call_uri AS TEXT) IS NULL OR call_replies.call_uri = :call_uri)
ORDER BY call_replies.arrived_at, call_replies.id LIMIT :limit OFFSET :offset;

-- name: count_waiting
-- The badge at the desk of an initiative.
SELECT COUNT(*) AS n FROM call_replies JOIN calls ON calls.uri = call_replies.call_uri
WHERE calls.actor_id = :actor_id AND call_replies.state = 'waiting';

-- name: shown_of_call
-- What everybody sees, the newest first.
SELECT * FROM call_replies WHERE call_uri = :call_uri AND state = 'shown'
ORDER BY published_at DESC, id DESC LIMIT :limit OFFSET :offset;

-- name: count_shown
-- How many of them there are.
SELECT COUNT(*) AS n FROM call_replies WHERE call_uri = :call_uri AND state = 'shown';

-- name: tally
-- What a call's desk says in numbers.
SELECT
    (SELECT COUNT(*) FROM call_replies WHERE call_uri = :call_uri AND state = 'waiting') AS waiting,
    (SELECT COUNT(*) FROM call_replies WHERE call_uri = :call_uri AND state = 'shown') AS shown,
    (SELECT n FROM call_reactions WHERE call_uri = :call_uri AND kind = 'like') AS likes,
    (SELECT n FROM call_reactions WHERE call_uri = :call_uri AND kind = 'boost') AS boosts,
    (SELECT n FROM call_reactions WHERE call_uri = :call_uri AND kind = 'join') AS joins,
    (SELECT replies_open FROM calls WHERE uri = :call_uri) AS is_open;

-- name: change_count
-- One more, or one less and never below none: an Undo may come of something that was never counted.
INSERT INTO call_reactions (call_uri, kind, n) VALUES (:call_uri, :kind, CASE WHEN :delta > 0 THEN :delta ELSE 0 END)
ON CONFLICT (call_uri, kind) DO UPDATE
SET n = CASE WHEN call_reactions.n + :delta > 0 THEN call_reactions.n + :delta ELSE 0 END;
