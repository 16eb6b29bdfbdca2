-- name: insert_report
-- A report that was kept before is not kept again.
INSERT INTO hub_reports (report_id, host, content, state, received_at)
VALUES (:report_id, :host, :content, 'open', :now) ON CONFLICT (report_id) DO NOTHING;

-- name: insert_object
-- What of ours it names.
INSERT INTO hub_report_objects (report_id, uri) VALUES (:report_id, :uri) ON CONFLICT (report_id, uri) DO NOTHING;

-- name: count_open
-- How many wait for an editor.
SELECT COUNT(*) AS found FROM hub_reports WHERE state = 'open';

-- name: count_open_of
-- How many of one server wait.
SELECT COUNT(*) AS found FROM hub_reports WHERE state = 'open' AND host = :host;

-- name: by_id
-- One report.
SELECT * FROM hub_reports WHERE report_id = :report_id;

-- name: objects_of
-- What it is about.
SELECT uri FROM hub_report_objects WHERE report_id = :report_id ORDER BY uri;

-- name: newest
-- What waits first, then what was closed lately.
SELECT * FROM hub_reports ORDER BY CASE state WHEN 'open' THEN 0 ELSE 1 END, received_at DESC, report_id LIMIT :limit;

-- name: close
-- Looked at and decided.
UPDATE hub_reports SET state = :state, ended_at = :now WHERE report_id = :report_id AND state = 'open';

-- name: set_forwarded
-- Passed on to the initiative's server.
UPDATE hub_reports SET forwarded_at = :now WHERE report_id = :report_id AND forwarded_at IS NULL;

-- name: forget
-- What was closed long ago, and what nobody looked at for a year.
DELETE FROM hub_reports WHERE ended_at < :closed_before OR received_at < :open_before;
