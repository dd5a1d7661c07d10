-- Posts that are created from text before anything of them is scheduled. A delivery of one that is
-- not created yet has 'text:' and the content's key for a post; when it is, it gets the post's id.

CREATE TABLE content (                         -- what a post is created from, and what came of it
    number     INTEGER PRIMARY KEY,
    team       INTEGER NOT NULL REFERENCES team,
    key        TEXT    NOT NULL,               -- SHA-256 of the body, in hexadecimal
    body       TEXT,                           -- canonical JSON; NULL: not kept any more
    state      TEXT    NOT NULL DEFAULT 'planned',
    post       TEXT,                           -- its id
    run        INTEGER REFERENCES run,         -- the one that is creating it
    assets     TEXT,                           -- JSON list: the ids that the request gave it to show
    since      REAL,                           -- when that was about to leave
    doubted_at REAL,                           -- when its answer was lost
    answered   INTEGER NOT NULL DEFAULT 0 CHECK (answered IN (0, 1)),
                                               -- 1: the service itself had answered
    doubts     INTEGER NOT NULL DEFAULT 0,     -- requests that ended in doubt
    created_at REAL,                           -- when that was known
    UNIQUE (team, key),
    CHECK (CASE state
           WHEN 'planned'  THEN post IS NULL AND run IS NULL AND body IS NOT NULL
           WHEN 'creating' THEN post IS NULL AND run IS NOT NULL AND body IS NOT NULL
                                AND since IS NOT NULL AND assets IS NOT NULL
           WHEN 'in_doubt' THEN post IS NULL AND run IS NULL AND body IS NOT NULL
                                AND since IS NOT NULL AND assets IS NOT NULL
                                AND doubted_at IS NOT NULL
           WHEN 'created'  THEN coalesce(post, '') <> '' AND run IS NULL AND created_at IS NOT NULL
           WHEN 'refused'  THEN post IS NULL AND run IS NULL
           ELSE FALSE END)
) STRICT;

CREATE INDEX created_post ON content (team, post) WHERE post IS NOT NULL;
CREATE INDEX being_created ON content (run) WHERE run IS NOT NULL;
CREATE INDEX content_in_doubt ON content (team) WHERE state = 'in_doubt';

CREATE TABLE listing (                         -- services whose list of posts was seen to show
    service  TEXT PRIMARY KEY,                 -- what had been created
    shown_at REAL NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE asset (                           -- files that a run imported for its posts
    run  INTEGER NOT NULL REFERENCES run,
    team INTEGER NOT NULL REFERENCES team,
    url  TEXT    NOT NULL,
    id   TEXT    NOT NULL,
    PRIMARY KEY (run, team, url)
) STRICT, WITHOUT ROWID;

ALTER TABLE delivery ADD COLUMN content INTEGER REFERENCES content;
                                               -- NULL: the post was not created here

CREATE INDEX of_content ON delivery (content) WHERE content IS NOT NULL;
CREATE INDEX created_for ON delivery (account, instant, team)
    WHERE content IS NOT NULL AND live = 1;

-- Never a second post: one content at a time is created, by one run, and only when it is known that
-- it was not created before.
CREATE TRIGGER legal_creation BEFORE UPDATE OF state ON content
WHEN NOT (
    (OLD.state = 'planned' OR OLD.state = 'refused') AND NEW.state = 'creating'
    OR OLD.state = 'creating' AND NEW.state IN ('planned', 'created', 'refused', 'in_doubt')
    OR OLD.state = 'in_doubt' AND NEW.state IN ('in_doubt', 'created', 'planned'))
BEGIN
    SELECT raise(ABORT, 'a post can''t go from its state to that one');
END;

CREATE TRIGGER content_stays BEFORE UPDATE OF number, team, key, body, post ON content
WHEN NEW.number <> OLD.number OR NEW.team <> OLD.team OR NEW.key <> OLD.key
  OR OLD.post IS NOT NULL AND NEW.post IS NOT OLD.post
  OR OLD.body IS NOT NULL AND NEW.body IS NOT NULL AND NEW.body <> OLD.body
BEGIN
    SELECT raise(ABORT, 'what a post is created from can''t change, nor which post it is');
END;

CREATE TRIGGER content_begins BEFORE INSERT ON content
WHEN NEW.state <> 'planned' OR EXISTS
    (SELECT 1 FROM content WHERE number = NEW.number OR team = NEW.team AND key = NEW.key)
BEGIN
    SELECT raise(ABORT, 'there is a content in its place, or it does not begin as planned');
END;

CREATE TRIGGER content_is_kept BEFORE DELETE ON content
WHEN OLD.state NOT IN ('planned', 'refused')
  OR EXISTS (SELECT 1 FROM delivery WHERE content = OLD.number)
BEGIN
    SELECT raise(ABORT, 'what was created, or may have been, can''t be forgotten');
END;

-- What waits for the post is of it from now on; but for what someone has scheduled of it already,
-- who had found it in the service.
CREATE TRIGGER post_is_known AFTER UPDATE OF post ON content
WHEN NEW.post IS NOT NULL AND OLD.post IS NULL
BEGIN
    UPDATE delivery SET state = 'held', code = 'superseded', finished_at = NEW.created_at,
        error = 'another row or run has this post, account and time; it decides'
    WHERE content = NEW.number AND state = 'planned' AND live = 1 AND EXISTS
        (SELECT 1 FROM delivery other
         WHERE other.live = 1 AND other.post = NEW.post AND other.account = delivery.account
           AND other.team = delivery.team AND other.instant = delivery.instant);
    UPDATE delivery SET post = NEW.post, code = NULL, error = NULL
    WHERE content = NEW.number AND live = 1;
END;

DROP TRIGGER identity_stays;

CREATE TRIGGER identity_stays BEFORE UPDATE OF
    id, run, source, row, team, account, instant, zone, options, settings, call, prior, content
ON delivery
BEGIN
    SELECT raise(ABORT, 'what a delivery is can''t change, only what becomes of it');
END;

CREATE TRIGGER post_stays BEFORE UPDATE OF post ON delivery
WHEN NOT EXISTS
    (SELECT 1 FROM content
     WHERE number = OLD.content AND OLD.post = 'text:' || key AND NEW.post = post)
BEGIN
    SELECT raise(ABORT, 'what a delivery is can''t change, only what becomes of it');
END;

CREATE TRIGGER created_before_it_is_sent BEFORE UPDATE OF state ON delivery
WHEN NEW.state = 'sending' AND (NEW.content IS NOT NULL OR NEW.post GLOB 'text:*') AND NOT EXISTS
    (SELECT 1 FROM content WHERE number = NEW.content AND post = NEW.post)
BEGIN
    SELECT raise(ABORT, 'a post is created before anything of it is sent');
END;

DROP TRIGGER nothing_is_replaced;

-- INSERT OR REPLACE would delete what is in its way, and no trigger on deletion would run. And a
-- post that was created since the plan was made has an id.
CREATE TRIGGER nothing_is_replaced BEFORE INSERT ON delivery
WHEN EXISTS (SELECT 1 FROM delivery WHERE id = NEW.id)
  OR NEW.live = 1 AND EXISTS
    (SELECT 1 FROM delivery
     WHERE live = 1 AND post = NEW.post AND account = NEW.account AND team = NEW.team
       AND instant = NEW.instant)
  OR NEW.content IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM content
     WHERE number = NEW.content AND team = NEW.team
       AND NEW.post = coalesce(post, 'text:' || key))
BEGIN
    SELECT raise(ABORT, 'there is a delivery in its place, or its post has an id');
END;
