-- name: run_insert
INSERT INTO run (id, service, status, settings, issues, rows, started_at)
VALUES (:id, :service, 'running', :settings, :issues, :rows, :started_at) RETURNING number;

-- name: run_range
UPDATE run SET (first, last) = (SELECT min(id), max(id) FROM delivery
                                WHERE id > :before AND run = :run) WHERE number = :run;

-- name: run_finish
UPDATE run SET status = :status, reason = :reason, finished_at = :now WHERE id = :run;

-- name: run_reopen
UPDATE run SET status = 'running', reason = NULL, finished_at = NULL WHERE id = :run;

-- name: run_get
SELECT number, id, service, status, reason, settings, issues, rows, started_at, finished_at
FROM run WHERE id = :run;

-- name: run_list
SELECT number, id, service, status, reason, settings, '[]', rows, started_at, finished_at
FROM run ORDER BY number DESC LIMIT :most;

-- name: run_match
SELECT id FROM run WHERE id LIKE :prefix || '%' ESCAPE '\' ORDER BY number DESC LIMIT 2;

-- name: run_unfinished
SELECT id FROM run
WHERE status = 'running' ORDER BY number;

-- name: source_insert
INSERT INTO source (run, number, path, sheet, columns, results)
VALUES (:run, :number, :path, :sheet, :columns, :results);

-- name: source_list
SELECT s.number, s.path, s.sheet, s.columns, s.results
FROM source s JOIN run r ON r.number = s.run WHERE r.id = :run ORDER BY s.number;

-- name: line_insert
INSERT INTO line (run, source, row, cells, raw) VALUES (?, ?, ?, ?, ?);

-- name: team_insert
INSERT INTO team (service, id) VALUES (:service, :team) ON CONFLICT DO NOTHING;

-- name: team_list
SELECT id, number FROM team WHERE service = :service;

-- name: document_insert
INSERT INTO document (body) VALUES (?) ON CONFLICT DO NOTHING;

-- name: document_number
SELECT number FROM document WHERE body = ?;

-- name: delivery_newest
SELECT coalesce(max(id), 0) FROM delivery;

-- name: delivery_insert
INSERT INTO delivery (run, source, row, team, post, account, instant, zone, options, settings,
                      call, state, code, error, prior, released)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: delivery_release
UPDATE delivery SET released = 1
WHERE id = ? AND released = 0 AND state IN ('accepted', 'in_doubt');

-- name: delivery_supersede
UPDATE delivery SET state = 'held', code = 'superseded', error = ?, finished_at = ?
WHERE id = ? AND released = 0 AND state = 'planned';

-- name: wish_table
CREATE TEMP TABLE IF NOT EXISTS wish (
    team INTEGER, post TEXT, account TEXT, PRIMARY KEY (post, account, team)) WITHOUT ROWID;

-- name: wish_clear
DELETE FROM temp.wish;

-- name: wish_insert
INSERT INTO temp.wish (team, post, account) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: known
SELECT d.id, r.id, t.id, d.post, d.account, d.instant, d.state, d.zone, o.body, s.body,
       d.scheduled_post_id, d.finished_at
FROM temp.wish w
CROSS JOIN delivery d ON d.live = 1 AND d.post = w.post AND d.account = w.account AND d.team = w.team
JOIN run r ON r.number = d.run
JOIN team t ON t.number = d.team
JOIN document o ON o.number = d.options
JOIN document s ON s.number = d.settings;

-- name: call_rows
SELECT d.call, t.id, d.post, d.instant, d.zone, o.body, d.id, d.account, s.body, d.attempts
FROM delivery d
JOIN run r ON r.number = d.run
JOIN team t ON t.number = d.team
JOIN document o ON o.number = d.options
JOIN document s ON s.number = d.settings
WHERE r.id = :run AND d.state = 'planned' AND d.released = 0 AND d.call BETWEEN :first AND :last
ORDER BY d.call, d.id;

-- name: call_last
SELECT max(d.call) FROM (
    SELECT call FROM delivery
    WHERE run = (SELECT number FROM run WHERE id = :run) AND state = 'planned' AND released = 0
      AND call > :after
    GROUP BY call ORDER BY call LIMIT :most) AS d;

-- name: under_way_insert
INSERT INTO under_way (team, post, run, call, since)
SELECT t.number, :post, r.number, :call, :now
FROM run r JOIN team t ON t.service = r.service AND t.id = :team
WHERE r.id = :run
ON CONFLICT DO NOTHING;

-- name: under_way_delete
DELETE FROM under_way
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = :call;

-- name: claim
UPDATE delivery SET state = 'sending', attempts = attempts + 1, code = NULL, error = NULL
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = :call AND state = 'planned'
  AND released = 0;

-- name: unclaim
UPDATE delivery SET state = 'planned', code = :code, error = :error,
                    attempts = attempts - :unsent
WHERE id = :id AND state = 'sending';

-- name: outcome
UPDATE delivery SET state = :state, scheduled_post_id = :scheduled_post_id, code = :code,
                    error = :error, finished_at = :now
WHERE id = :id;

-- name: orphan_deliveries
UPDATE delivery SET state = 'in_doubt', code = 'cut-off', finished_at = :now,
    error = 'the program ended while this call was under way; it may be scheduled'
WHERE state = 'sending' AND run = (SELECT number FROM run WHERE id = :run);

-- name: orphan_under_way
DELETE FROM under_way WHERE run = (SELECT number FROM run WHERE id = :run);

-- name: orphan_run
UPDATE run SET status = 'interrupted', reason = 'the program ended before the run did'
WHERE id = :run AND status = 'running';

-- name: counts
SELECT status, count(*) FROM result
WHERE run = :run AND source = coalesce(:source, source) GROUP BY status;

-- name: counts_by_account
SELECT v.account, coalesce(a.name, ''), coalesce(a.provider, ''), v.status, count(*)
FROM result v
LEFT JOIN account a ON a.team = v.team AND a.id = v.account
WHERE v.run = :run AND v.account IS NOT NULL AND v.source = coalesce(:source, v.source)
GROUP BY v.team, v.account, v.status ORDER BY min(v.id);

-- name: results
SELECT v.row, t.id, v.post, v.account, v.instant, v.zone, v.status, v.scheduled_post_id,
       v.code, v.error, v.attempts, v.call_id, v.finished_at, l.cells, l.raw
FROM result v
JOIN run r ON r.id = v.run
LEFT JOIN team t ON t.number = v.team
LEFT JOIN line l ON l.run = r.number AND l.source = v.source AND l.row = v.row
WHERE v.run = :run AND v.source = :source
ORDER BY v.id;

-- name: account_insert
INSERT INTO account (team, id, provider, name, status, seen_at)
SELECT number, :id, :provider, :name, :status, :now FROM team WHERE service = :service AND id = :team
ON CONFLICT (team, id) DO UPDATE SET provider = excluded.provider, name = excluded.name,
    status = excluded.status, seen_at = excluded.seen_at;
