-- A clock can be set, between two runs, too: what was sent before what else is told without ours.

ALTER TABLE under_way ADD COLUMN not_before REAL NOT NULL DEFAULT -9e999;
                                               -- the least that the service's clock can have shown
                                               -- when it left; minus infinity: not known

ALTER TABLE content ADD COLUMN not_before REAL NOT NULL DEFAULT -9e999;  -- as in under_way

CREATE TABLE hiding (                          -- what was accepted of a post while a call of it was
    run  INTEGER NOT NULL,                     -- in doubt: the post may show that instead
    call INTEGER NOT NULL,
    scheduled_post_id TEXT NOT NULL,
    PRIMARY KEY (run, call, scheduled_post_id),
    FOREIGN KEY (run, call) REFERENCES under_way ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

INSERT INTO hiding
SELECT DISTINCT u.run, u.call, d.scheduled_post_id
FROM under_way u
JOIN delivery d ON d.post = u.post AND d.team = u.team AND d.scheduled_post_id IS NOT NULL
WHERE u.doubted_at IS NOT NULL AND d.finished_at > u.since AND (d.run <> u.run OR d.call <> u.call);

CREATE INDEX doubt_of_a_post ON under_way (team, post) WHERE doubted_at IS NOT NULL;

CREATE TRIGGER hides_what_is_in_doubt AFTER UPDATE OF state ON delivery WHEN NEW.state = 'accepted'
BEGIN
    INSERT INTO hiding
    SELECT run, call, NEW.scheduled_post_id FROM under_way
    WHERE team = NEW.team AND post = NEW.post AND doubted_at IS NOT NULL
      AND NOT (run = NEW.run AND call = NEW.call)
    ON CONFLICT DO NOTHING;
END;
