-- Open calls nobody was told of yet, in the order of their turn: the next one was looked for among all that are kept.
-- A call taken in again after its announcement may bear 0 here and wait for nothing: `hub_announcements` decides.
ALTER TABLE hub_calls ADD COLUMN announced INTEGER NOT NULL DEFAULT 0 CHECK (announced IN (0, 1));
UPDATE hub_calls SET announced = 1
WHERE uri IN (SELECT call_uri FROM hub_announcements WHERE activity_id IS NOT NULL);
-- `announced` among the columns as well: with one fewer that is equal SQLite takes another index of open calls.
CREATE INDEX hub_calls_to_announce ON hub_calls (state, announced, taken_at, uri, actor_id) WHERE announced = 0;

-- Without what was erased: counting an outbox read every document to see whether it is still there.
DROP INDEX activities_in_outbox;
CREATE INDEX activities_in_outbox ON activities (actor_id, id) WHERE listed = 1 AND document IS NOT NULL;
