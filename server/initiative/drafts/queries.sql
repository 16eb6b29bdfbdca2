-- name: insert_draft
-- The first save.
INSERT INTO call_drafts (
    draft_id, actor_id, call_uri, version, title, text, kind, size, language, themes, start, deadline, link,
    place, as_event, changed_at
)
VALUES (
    :draft_id, :actor_id, :call_uri, 1, :title, :text, :kind, :size, :language, :themes, :start, :deadline, :link,
    :place, :as_event, :now
);

-- name: update_draft
-- Only over the version that the editor saw.
UPDATE call_drafts SET
    version = version + 1, title = :title, text = :text, kind = :kind, size = :size, language = :language,
    themes = :themes, start = :start, deadline = :deadline, link = :link, place = :place, as_event = :as_event,
    changed_at = :now
WHERE draft_id = :draft_id AND actor_id = :actor_id AND version = :version;

-- name: draft
-- Nobody finds a draft but through the initiative whose it is.
SELECT * FROM call_drafts WHERE draft_id = :draft_id AND actor_id = :actor_id;

-- name: draft_of_call
-- The one unsent edit of a call.
SELECT * FROM call_drafts WHERE call_uri = :call_uri AND actor_id = :actor_id;

-- name: drafts_of
-- What changed last comes first.
SELECT * FROM call_drafts WHERE actor_id = :actor_id ORDER BY changed_at DESC, draft_id;

-- name: count_drafts
-- For the bound on how many one initiative keeps.
SELECT COUNT(*) AS n FROM call_drafts WHERE actor_id = :actor_id;

-- name: delete_draft
-- Published, or thrown away.
DELETE FROM call_drafts WHERE draft_id = :draft_id AND actor_id = :actor_id;

-- name: forget_edits
-- Of a withdrawn call no words stay anywhere.
DELETE FROM call_drafts WHERE call_uri = :call_uri;
