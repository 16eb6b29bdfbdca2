-- Lists and feeds in the order in which they are read: what changed last of all, and of one initiative. Without them a
-- page of ten calls sorted all that are kept.
CREATE INDEX hub_calls_of_one ON hub_calls (actor_id, updated_at, call_id);
CREATE INDEX calls_by_change ON calls (updated_at, uri) WHERE state <> 'withdrawn';
CREATE INDEX calls_of_one_by_change ON calls (actor_id, updated_at, uri) WHERE state <> 'withdrawn';

-- The languages of open calls one after the other, without reading every call.
CREATE INDEX hub_calls_by_language ON hub_calls (state, language);
