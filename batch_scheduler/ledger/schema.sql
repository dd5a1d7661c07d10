-- The ledger: what was intended, and what came of it. The rules live here, so that a second
-- process, a bug or a person with a SQL prompt can't break them.

CREATE TABLE run (
    number      INTEGER PRIMARY KEY,
    id          TEXT    NOT NULL UNIQUE,
    service     TEXT    NOT NULL,              -- the origin of the base URL
    status      TEXT    NOT NULL CHECK (status IN
                ('running', 'complete', 'partial', 'invalid', 'aborted', 'interrupted',
                 'pruned')),                   -- pruned: it is being deleted, in pieces
    reason      TEXT,                          -- why it stopped early, for a person
    settings    TEXT    NOT NULL,              -- JSON, without secrets
    issues      TEXT    NOT NULL,              -- JSON list
    rows        INTEGER NOT NULL,              -- rows read
    started_at  REAL    NOT NULL,
    finished_at REAL,
    first       INTEGER,                       -- its deliveries have the ids first to last
    last        INTEGER
) STRICT;

CREATE TABLE source (                          -- one sheet of a run
    run     INTEGER NOT NULL REFERENCES run,
    number  INTEGER NOT NULL,
    path    TEXT    NOT NULL,
    sheet   TEXT,
    columns TEXT    NOT NULL,                  -- JSON list: the other input columns
    results TEXT,                              -- where its results sheet goes
    PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE line (                            -- one row of a sheet
    run    INTEGER NOT NULL,
    source INTEGER NOT NULL,
    row    INTEGER NOT NULL,                   -- as the spreadsheet program numbers it
    cells  TEXT,                               -- JSON list, along source.columns
    raw    TEXT,                               -- JSON list, of an invalid row: its own ids and time
    PRIMARY KEY (run, source, row),
    FOREIGN KEY (run, source) REFERENCES source
) STRICT, WITHOUT ROWID;

CREATE TABLE team (
    number  INTEGER PRIMARY KEY,
    service TEXT NOT NULL,
    id      TEXT NOT NULL,
    UNIQUE (service, id)
) STRICT;

CREATE TABLE service (
    id            TEXT PRIMARY KEY,
    calibrated_at REAL NOT NULL                -- when it was seen to show what it had accepted
) STRICT, WITHOUT ROWID;

CREATE TABLE account (                         -- as the service last listed them
    team     INTEGER NOT NULL REFERENCES team,
    id       TEXT    NOT NULL,
    provider TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    status   TEXT    NOT NULL,
    seen_at  REAL    NOT NULL,
    PRIMARY KEY (team, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (                        -- options and settings, each kept once
    number INTEGER PRIMARY KEY,
    body   TEXT NOT NULL UNIQUE                -- canonical JSON
) STRICT;

CREATE TABLE delivery (                        -- one post on one account at one instant, in one run
    id                INTEGER PRIMARY KEY,
    run               INTEGER NOT NULL,
    source            INTEGER NOT NULL,
    row               INTEGER NOT NULL,
    team              INTEGER REFERENCES team,
    post              TEXT,
    account           TEXT,
    instant           INTEGER,                 -- seconds since 1970, UTC
    zone              TEXT,
    options           INTEGER REFERENCES document,
    settings          INTEGER REFERENCES document,
    call              INTEGER,                 -- its number in the run, soonest first
    state             TEXT    NOT NULL,
    attempts          INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    doubts            INTEGER NOT NULL DEFAULT 0,  -- attempts that ended in doubt
    scheduled_post_id TEXT,
    code              TEXT,
    error             TEXT,
    finished_at       REAL,
    prior             INTEGER REFERENCES delivery,  -- an earlier run's, that speaks for this one
    released          INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
                                               -- 1: another may be sent in its place
    live              INTEGER GENERATED ALWAYS AS (
                      (state = 'planned' OR state = 'sending' OR state = 'accepted'
                       OR state = 'in_doubt' OR state = 'undoing') AND prior IS NULL AND released = 0) STORED,
    FOREIGN KEY (run, source) REFERENCES source,
    CHECK (state = 'invalid' OR (team IS NOT NULL AND post IS NOT NULL AND account IS NOT NULL
                                 AND instant IS NOT NULL AND options IS NOT NULL
                                 AND settings IS NOT NULL)),
    -- Each IN (…) in here would cost a fifth of the time that a plan takes to record.
    CHECK (CASE state
           WHEN 'planned'          THEN call IS NOT NULL AND prior IS NULL
           WHEN 'sending'          THEN call IS NOT NULL AND prior IS NULL AND attempts > 0
                                        AND released = 0
           WHEN 'accepted'         THEN call IS NOT NULL AND prior IS NULL AND attempts > 0
                                        AND coalesce(scheduled_post_id, '') <> ''
           WHEN 'in_doubt'         THEN attempts > 0 OR prior IS NOT NULL
           WHEN 'already_accepted' THEN prior IS NOT NULL
           WHEN 'rejected'         THEN TRUE
           WHEN 'held'             THEN TRUE
           WHEN 'invalid'          THEN TRUE
           WHEN 'undoing'          THEN call IS NOT NULL AND prior IS NULL AND attempts > 0
                                        AND coalesce(scheduled_post_id, '') <> ''
           WHEN 'undone'           THEN attempts > 0 AND prior IS NULL
           ELSE FALSE END)
) STRICT;

-- Never twice: one delivery that is planned, under way, accepted or in doubt, in all runs together.
CREATE UNIQUE INDEX one_live ON delivery (post, account, team, instant) WHERE live = 1;

CREATE INDEX to_send ON delivery (run, call) WHERE state = 'planned' AND released = 0;
CREATE INDEX on_its_way ON delivery (run, call) WHERE state = 'sending';
CREATE INDEX in_doubt ON delivery (run, call) WHERE state = 'in_doubt';
CREATE INDEX shown ON delivery (post) WHERE scheduled_post_id IS NOT NULL;
CREATE INDEX spoken_for ON delivery (prior) WHERE prior IS NOT NULL;

-- One call of a post at a time: a post shows only its newest scheduled post, so a second call
-- would bury the evidence of the first.
CREATE TABLE under_way (                       -- a call that is awaited, or in doubt and not settled
    run        INTEGER NOT NULL REFERENCES run,
    call       INTEGER NOT NULL,               -- below 0: one that takes back what it scheduled
    team       INTEGER NOT NULL REFERENCES team,
    post       TEXT    NOT NULL,
    since      REAL    NOT NULL,               -- when it was about to leave
    doubted_at REAL,                           -- when its answer was lost; NULL: it is awaited
    answered   INTEGER NOT NULL DEFAULT 0,     -- 1: the service itself had answered
    whole      INTEGER NOT NULL DEFAULT 1,     -- 1: all of its deliveries are in doubt
    blocks     INTEGER NOT NULL DEFAULT 1,     -- 1: no other call of the post may leave
    nothing_seen INTEGER NOT NULL DEFAULT 0,   -- 1: when it was time, the service showed nothing of
                                               -- it; what lacks is that it shows what it accepts
    PRIMARY KEY (run, call),
    CHECK (blocks = 1 OR doubted_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_of_a_post ON under_way (team, post) WHERE blocks = 1;

CREATE TABLE transition (old TEXT NOT NULL, new TEXT NOT NULL, PRIMARY KEY (old, new))
STRICT, WITHOUT ROWID;

INSERT INTO transition VALUES
    ('planned', 'sending'),
    ('planned', 'rejected'),     -- too late
    ('planned', 'held'),         -- superseded by a later run
    ('sending', 'planned'),      -- certainly not done: refused, no connection
    ('sending', 'accepted'),
    ('sending', 'rejected'),
    ('sending', 'in_doubt'),
    ('in_doubt', 'in_doubt'),    -- more is known of why
    ('in_doubt', 'accepted'),    -- the service shows it
    ('in_doubt', 'planned'),     -- the service shows that nothing happened
    ('in_doubt', 'rejected'),    -- that too, but it was tried often enough
    ('in_doubt', 'held'),        -- that too, but a later run has it
    ('accepted', 'undoing'),     -- a person takes it back; what came of that is not known yet
    ('undoing', 'accepted'),     -- certainly not taken back: refused, no connection
    ('undoing', 'undone'),       -- the service shows nothing scheduled of the post any more
    ('in_doubt', 'undone');      -- that too

-- What was decided is not decided again, so no state but that of doubt follows upon itself.
CREATE TRIGGER legal_transition BEFORE UPDATE OF state ON delivery
WHEN NOT EXISTS (SELECT 1 FROM transition WHERE old = OLD.state AND new = NEW.state)
BEGIN
    SELECT raise(ABORT, 'a delivery can''t go from its state to that one');
END;

CREATE TRIGGER one_call_at_a_time BEFORE UPDATE OF state ON delivery
WHEN NEW.state = 'sending' AND NOT EXISTS
    (SELECT 1 FROM under_way
     WHERE team = NEW.team AND post = NEW.post AND run = NEW.run AND call = NEW.call
       AND blocks = 1)
BEGIN
    SELECT raise(ABORT, 'the post of a delivery is not taken for its call');
END;

CREATE TRIGGER taken_while_sending BEFORE DELETE ON under_way
WHEN EXISTS
    (SELECT 1 FROM delivery WHERE run = OLD.run AND call = OLD.call AND state = 'sending')
BEGIN
    SELECT raise(ABORT, 'a post can''t be freed while its call is sent');
END;

CREATE TRIGGER identity_stays BEFORE UPDATE OF
    id, run, source, row, team, post, account, instant, zone, options, settings, call, prior
ON delivery
BEGIN
    SELECT raise(ABORT, 'what a delivery is can''t change, only what becomes of it');
END;

CREATE TRIGGER released_stays BEFORE UPDATE OF released ON delivery
WHEN OLD.released > NEW.released
BEGIN
    SELECT raise(ABORT, 'another delivery may be sent in the place of a released one');
END;

-- To take a post back takes back all that is scheduled of it.
CREATE TRIGGER undone_by_its_own_run BEFORE UPDATE OF state ON delivery
WHEN (NEW.state = 'undoing' OR NEW.state = 'undone') AND (
    NOT EXISTS
        (SELECT 1 FROM under_way
         WHERE team = NEW.team AND post = NEW.post AND run = NEW.run AND call < 0 AND blocks = 1)
    OR EXISTS
        (SELECT 1 FROM delivery
         WHERE live = 1 AND post = NEW.post AND team = NEW.team AND run <> NEW.run
           AND state <> 'planned'))
BEGIN
    SELECT raise(ABORT, 'the post of a delivery is not its run''s alone to take back');
END;

-- What may still be to come, by the database's own clock, or by one that is an hour slow.
CREATE VIEW ahead AS
SELECT d.id, d.run, d.instant
FROM delivery d
WHERE d.prior IS NULL
  AND (d.state = 'accepted' OR d.state = 'sending' OR d.state = 'in_doubt' OR d.state = 'undoing')
  AND (d.instant > CAST(strftime('%s', 'now', '-1 hour') AS INTEGER) OR EXISTS
    (SELECT 1 FROM document o
     WHERE o.number = d.options AND json_extract(o.body, '$.recurrenceIntervalDays') IS NOT NULL
       AND ifnull(CAST(strftime('%s', json_extract(o.body, '$.recurrenceEndsAt')) AS INTEGER)
                  > CAST(strftime('%s', 'now', '-1 hour') AS INTEGER), 1)));

CREATE TRIGGER live_stays BEFORE DELETE ON delivery
WHEN OLD.live = 1 AND NOT EXISTS (SELECT 1 FROM run WHERE number = OLD.run AND status = 'pruned')
  OR EXISTS (SELECT 1 FROM ahead WHERE id = OLD.id)
BEGIN
    SELECT raise(ABORT, 'a live delivery can''t be deleted');
END;

CREATE TRIGGER only_what_is_over_is_pruned BEFORE UPDATE OF status ON run
WHEN NEW.status = 'pruned' AND (
    OLD.status = 'running'
    OR EXISTS (SELECT 1 FROM delivery
               WHERE run = OLD.number AND state = 'planned' AND released = 0)
    OR EXISTS (SELECT 1 FROM delivery WHERE run = OLD.number AND state = 'sending')
    OR EXISTS (SELECT 1 FROM ahead WHERE run = OLD.number AND id BETWEEN OLD.first AND OLD.last)
    OR EXISTS (SELECT 1 FROM delivery WHERE prior BETWEEN OLD.first AND OLD.last))
BEGIN
    SELECT raise(ABORT, 'a run that is not over can''t be deleted');
END;

CREATE TRIGGER pruned_stays BEFORE UPDATE OF status ON run WHEN OLD.status = 'pruned'
BEGIN
    SELECT raise(ABORT, 'of a run that is being deleted a part is gone');
END;

CREATE TRIGGER emptied_first BEFORE DELETE ON run
WHEN EXISTS (SELECT 1 FROM delivery WHERE run = OLD.number AND id BETWEEN OLD.first AND OLD.last)
  OR EXISTS (SELECT 1 FROM line WHERE run = OLD.number)
  OR EXISTS (SELECT 1 FROM source WHERE run = OLD.number)
  OR EXISTS (SELECT 1 FROM under_way WHERE run = OLD.number)
BEGIN
    SELECT raise(ABORT, 'a run can''t be deleted before all that belongs to it');
END;

-- Ids of what was deleted can come again, so an id alone does not say which delivery is meant.
CREATE TRIGGER prior_is_the_same BEFORE INSERT ON delivery
WHEN NEW.prior IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM delivery p JOIN run r ON r.number = p.run AND r.status <> 'pruned'
     WHERE p.id = NEW.prior AND p.post = NEW.post AND p.account = NEW.account
       AND p.team = NEW.team AND p.instant = NEW.instant)
BEGIN
    SELECT raise(ABORT, 'the delivery that speaks for this one is another, or is being deleted');
END;

-- INSERT OR REPLACE would delete what is in its way, and no trigger on deletion would run.
CREATE TRIGGER nothing_is_replaced BEFORE INSERT ON delivery
WHEN EXISTS (SELECT 1 FROM delivery WHERE id = NEW.id)
  OR NEW.live = 1 AND EXISTS
    (SELECT 1 FROM delivery
     WHERE live = 1 AND post = NEW.post AND account = NEW.account AND team = NEW.team
       AND instant = NEW.instant)
BEGIN
    SELECT raise(ABORT, 'there is a delivery in its place');
END;

-- What a person is told of each delivery. Where an earlier run's delivery is the one that counts,
-- it speaks, with all that has become of it since.
CREATE VIEW result AS
SELECT d.id, r.id AS run, d.source, d.row, d.team, d.post, d.account, d.instant, d.zone,
       CASE coalesce(p.state, d.state)
            WHEN 'planned' THEN 'waiting'
            WHEN 'sending' THEN 'in_doubt'
            WHEN 'undoing' THEN 'in_doubt'
            WHEN 'undone' THEN 'rejected'
            WHEN 'accepted' THEN iif(p.id IS NULL, 'accepted', 'already_accepted')
            ELSE coalesce(p.state, d.state) END AS status,
       coalesce(p.scheduled_post_id, d.scheduled_post_id) AS scheduled_post_id,
       CASE coalesce(p.state, d.state) WHEN 'undoing' THEN 'undo-unconfirmed'
            ELSE coalesce(p.code, d.code) END AS code,
       CASE coalesce(p.state, d.state) WHEN 'undoing'
            THEN 'it was asked to be taken back, and what came of that is not known: '
                 || '`batch-scheduler undo` asks again'
            ELSE coalesce(p.error, d.error) END AS error,
       d.attempts,
       CASE WHEN p.attempts > 0 THEN (SELECT id FROM run WHERE number = p.run) || '-' || p.call
            WHEN d.attempts > 0 THEN r.id || '-' || d.call END AS call_id,
       coalesce(p.finished_at, d.finished_at) AS finished_at
FROM run r
CROSS JOIN delivery d ON d.id BETWEEN r.first AND r.last AND d.run = r.number
LEFT JOIN delivery p ON p.id = d.prior AND d.state IN ('already_accepted', 'in_doubt');
