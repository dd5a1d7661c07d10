-- name: past_runs
SELECT number, id, status, coalesce(finished_at, started_at), first, last,
       (SELECT count(*) FROM delivery d WHERE d.run = run.number AND d.id BETWEEN first AND last)
FROM run
WHERE coalesce(finished_at, started_at) < :before OR status = 'pruned'
ORDER BY number DESC;

-- name: runs_since
SELECT count(*) FROM run WHERE coalesce(finished_at, started_at) >= :before AND status <> 'pruned';

-- name: unfinished
SELECT EXISTS (SELECT 1 FROM delivery WHERE run = :run AND state = 'planned' AND released = 0)
    OR EXISTS (SELECT 1 FROM delivery WHERE run = :run AND state = 'sending')
    OR EXISTS (SELECT 1 FROM run WHERE number = :run AND finished_at IS NULL)
       AND NOT EXISTS (SELECT 1 FROM delivery WHERE run = :run AND id BETWEEN :first AND :last
                                                AND code = 'superseded');

-- name: last_ahead
SELECT max(instant) FROM ahead WHERE run = :run AND id BETWEEN :first AND :last;

-- name: referring
SELECT DISTINCT r.number, r.id FROM delivery d JOIN run r ON r.number = d.run
WHERE d.prior BETWEEN :first AND :last ORDER BY r.number;

-- name: mark
UPDATE run SET status = 'pruned' WHERE number = :run AND status <> 'pruned';

-- name: delete_calls
DELETE FROM under_way WHERE run = :run;

-- name: delete_deliveries
DELETE FROM delivery WHERE run = :run AND id BETWEEN :first AND :last;

-- name: delete_lines
DELETE FROM line WHERE (run, source, row) IN
    (SELECT run, source, row FROM line WHERE run = :run LIMIT :most);

-- name: delete_sources
DELETE FROM source WHERE run = :run;

-- name: delete_assets
DELETE FROM asset WHERE run = :run;

-- name: delete_run
DELETE FROM run WHERE number = :run;

-- name: newest_delivery
SELECT coalesce(max(id), 0) FROM delivery;

-- name: unused_documents
SELECT number FROM document WHERE number NOT IN (
    SELECT options FROM delivery WHERE options IS NOT NULL
    UNION SELECT settings FROM delivery WHERE settings IS NOT NULL);

-- name: delete_documents
DELETE FROM document
WHERE number IN (SELECT value FROM json_each(:numbers)) AND number NOT IN (
    SELECT options FROM delivery WHERE id > :newest AND options IS NOT NULL
    UNION SELECT settings FROM delivery WHERE id > :newest AND settings IS NOT NULL);

-- name: delete_contents
DELETE FROM content WHERE number IN (
    SELECT number FROM content WHERE state IN ('planned', 'refused')
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.content = content.number)
    LIMIT :most);

-- name: forget_contents
UPDATE content SET body = NULL WHERE number IN (
    SELECT number FROM content WHERE state = 'created' AND body IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.content = content.number)
    LIMIT :most);

-- name: run_ids
SELECT id FROM run;
