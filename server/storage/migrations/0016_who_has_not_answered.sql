-- Follows of ours that nobody has answered: the hourly look must not read all that were answered.
CREATE INDEX following_waiting ON following (follow_id) WHERE state = 'pending';
