-- That a delivery keeps its place from every other followed from its state alone, so each change of
-- a state wrote its entry among the places anew: with ids that lie all over the ledger, most of the
-- pages that sending writes. Now the entry changes when the place does become free.

ALTER TABLE delivery ADD COLUMN freed INTEGER CHECK (freed IS NULL OR freed = 1 AND live = 0);
                                               -- 1: it keeps its place from no other; NULL: it does

UPDATE delivery SET freed = 1 WHERE live = 0;

DROP INDEX one_live;
CREATE UNIQUE INDEX one_live ON delivery (post, account, team, instant) WHERE freed IS NULL;

DROP INDEX created_for;
CREATE INDEX created_for ON delivery (account, instant, team)
    WHERE content IS NOT NULL AND freed IS NULL;

CREATE TRIGGER place_is_freed AFTER UPDATE OF state, released ON delivery
WHEN NEW.live = 0 AND NEW.freed IS NULL
BEGIN
    UPDATE delivery SET freed = 1 WHERE id = NEW.id;
END;

CREATE TRIGGER freed_stays BEFORE UPDATE OF freed ON delivery
WHEN OLD.freed = 1 AND NEW.freed IS NULL
BEGIN
    SELECT raise(ABORT, 'another delivery may have the place of one that left it');
END;

-- The rules that look for a place, as before.

DROP TRIGGER nothing_is_replaced;

CREATE TRIGGER nothing_is_replaced BEFORE INSERT ON delivery
WHEN EXISTS (SELECT 1 FROM delivery WHERE id = NEW.id)
  OR NEW.live = 1 AND EXISTS
    (SELECT 1 FROM delivery
     WHERE freed IS NULL AND post = NEW.post AND account = NEW.account AND team = NEW.team
       AND instant = NEW.instant)
  OR NEW.content IS NOT NULL AND NOT EXISTS
    (SELECT 1 FROM content
     WHERE number = NEW.content AND team = NEW.team
       AND NEW.post = coalesce(post, 'text:' || key))
BEGIN
    SELECT raise(ABORT, 'there is a delivery in its place, or its post has an id');
END;

DROP TRIGGER post_is_known;

CREATE TRIGGER post_is_known AFTER UPDATE OF post ON content
WHEN NEW.post IS NOT NULL AND OLD.post IS NULL
BEGIN
    UPDATE delivery SET state = 'held', code = 'superseded', finished_at = NEW.created_at,
        error = 'another row or run has this post, account and time; it decides'
    WHERE content = NEW.number AND state = 'planned' AND live = 1 AND EXISTS
        (SELECT 1 FROM delivery other
         WHERE other.freed IS NULL AND other.post = NEW.post AND other.account = delivery.account
           AND other.team = delivery.team AND other.instant = delivery.instant);
    UPDATE delivery SET post = NEW.post, code = NULL, error = NULL
    WHERE content = NEW.number AND live = 1;
END;

DROP TRIGGER undone_by_its_own_run;

CREATE TRIGGER undone_by_its_own_run BEFORE UPDATE OF state ON delivery
WHEN (NEW.state = 'undoing' OR NEW.state = 'undone') AND (
    NOT EXISTS
        (SELECT 1 FROM under_way
         WHERE team = NEW.team AND post = NEW.post AND run = NEW.run AND call < 0 AND blocks = 1)
    OR EXISTS
        (SELECT 1 FROM delivery
         WHERE freed IS NULL AND post = NEW.post AND team = NEW.team AND run <> NEW.run
           AND state <> 'planned'))
BEGIN
    SELECT raise(ABORT, 'the post of a delivery is not its run''s alone to take back');
END;
