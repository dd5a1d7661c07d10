-- What became of a run's deliveries, counted when it ended: to count them again takes as long as it
-- has deliveries. A run without a tally is counted anew.
CREATE TABLE tally (
    run     INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
    source  INTEGER NOT NULL,
    team    INTEGER REFERENCES team,           -- NULL, as the account: of rows that are invalid
    account TEXT,
    status  TEXT    NOT NULL,                  -- as in the view result
    count   INTEGER NOT NULL,
    first   INTEGER NOT NULL                   -- the id of the first of these deliveries
) STRICT;

CREATE INDEX tally_of_run ON tally (run);

INSERT INTO tally
SELECT r.number, v.source, v.team, v.account, v.status, count(*), min(v.id)
FROM run r CROSS JOIN result v ON v.run = r.id
WHERE r.finished_at IS NOT NULL AND r.status <> 'pruned'
GROUP BY r.number, v.source, v.team, v.account, v.status;

-- It counts for as long as nothing becomes of these deliveries, or of those that speak for them. A
-- run that sends, where this would be dear, has none.
CREATE TRIGGER tally_is_of_now AFTER UPDATE OF state ON delivery
WHEN NOT (OLD.state = 'sending' OR OLD.state = 'planned' AND NEW.state = 'sending')
BEGIN
    DELETE FROM tally WHERE run = NEW.run;
    DELETE FROM tally WHERE run IN (SELECT run FROM delivery WHERE prior = NEW.id);
END;

CREATE TRIGGER tally_is_of_what_ended AFTER UPDATE OF status ON run
BEGIN
    DELETE FROM tally WHERE run = NEW.number;
END;

CREATE VIEW counted AS
SELECT r.id AS run, t.source, t.team, t.account, t.status, t.count, t.first
FROM run r CROSS JOIN tally t ON t.run = r.number
UNION ALL
SELECT r.id, v.source, v.team, v.account, v.status, 1, v.id
FROM run r CROSS JOIN result v ON v.run = r.id
WHERE NOT EXISTS (SELECT 1 FROM tally t WHERE t.run = r.number);
