-- In the order in which deliveries of one origin are leased: without the activity the whole of a fan-out, which is due at
-- one moment, was sorted for each lease.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_due ON deliveries (origin, due_at, activity_id) WHERE state = 'pending';

-- When a worker that has nothing to do has to look again.
CREATE INDEX deliveries_next ON deliveries (due_at) WHERE state = 'pending';
