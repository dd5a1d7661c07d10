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
FROM run WHERE id = :run AND status <> 'pruned';

-- name: run_list
SELECT number, id, service, status, reason, settings, '[]', rows, started_at, finished_at
FROM run WHERE status <> 'pruned' ORDER BY number DESC LIMIT :most;

-- name: run_resumable
SELECT id FROM run r
WHERE r.service = :service AND r.status NOT IN ('invalid', 'pruned') AND (
    r.finished_at IS NULL AND NOT EXISTS (  -- else a later run has taken over what was left of it
        SELECT 1 FROM delivery d WHERE d.id BETWEEN r.first AND r.last AND d.run = r.number
                                   AND d.code = 'superseded')
    OR EXISTS (SELECT 1 FROM under_way u WHERE u.run = r.number)
    OR EXISTS (SELECT 1 FROM delivery d WHERE d.run = r.number AND d.state = 'planned'
                                          AND d.released = 0))
ORDER BY r.number;

-- name: run_match
SELECT id FROM run WHERE substr(id, 1, length(:prefix)) = :prefix AND status <> 'pruned'
ORDER BY length(id), number DESC LIMIT 2;

-- name: run_unfinished
SELECT id FROM run
WHERE status = 'running' OR number IN (SELECT run FROM under_way WHERE blocks = 1)
   OR number IN (SELECT run FROM content WHERE run IS NOT NULL)
ORDER BY number;

-- name: source_insert
INSERT INTO source (run, number, path, sheet, columns, results)
VALUES (:run, :number, :path, :sheet, :columns, :results);

-- name: source_list
SELECT s.number, s.path, s.sheet, s.columns, s.results
FROM source s JOIN run r ON r.number = s.run WHERE r.id = :run ORDER BY s.number;

-- name: source_run
SELECT r.id FROM source s JOIN run r ON r.number = s.run
WHERE s.results = :results AND r.status <> 'pruned' ORDER BY r.number DESC LIMIT 1;

-- name: source_move
UPDATE source SET results = :to WHERE results = :results;

-- name: line_insert
INSERT INTO line (run, source, row, cells, raw) VALUES (?, ?, ?, ?, ?);

-- name: team_insert
INSERT INTO team (service, id) VALUES (:service, :team) ON CONFLICT DO NOTHING;

-- name: team_list
SELECT id, number FROM team WHERE service = :service;

-- name: document_insert
INSERT INTO document (body) VALUES (?) ON CONFLICT DO NOTHING;

-- name: document_numbers
SELECT d.number FROM json_each(?) AS wanted CROSS JOIN document d ON d.body = wanted.value
ORDER BY wanted.key;

-- name: delivery_newest
SELECT coalesce(max(id), 0) FROM delivery;

-- name: delivery_insert
INSERT INTO delivery (run, source, row, team, post, account, instant, zone, options, settings,
                      call, state, code, error, prior, released, content, doubts, freed)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
        iif(?12 = 'planned' AND ?16 = 0, NULL, 1));

-- name: delivery_release
UPDATE delivery SET released = 1
WHERE id = ? AND released = 0 AND iif(state = 'undoing', 'in_doubt', state) = ?;

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
SELECT d.id, r.id, t.id, d.post, d.account, d.instant,
       iif(d.state = 'undoing', 'in_doubt', d.state), d.zone, o.body, s.body,
       d.scheduled_post_id, d.finished_at, iif(d.content IS NULL, NULL, coalesce(c.body, ''))
FROM temp.wish w
CROSS JOIN delivery d ON d.freed IS NULL AND d.post = w.post AND d.account = w.account
                      AND d.team = w.team
JOIN run r ON r.number = d.run AND r.status <> 'pruned'
JOIN team t ON t.number = d.team
JOIN document o ON o.number = d.options
JOIN document s ON s.number = d.settings
LEFT JOIN content c ON c.number = d.content;

-- name: moment_table
CREATE TEMP TABLE IF NOT EXISTS moment (
    team INTEGER, account TEXT, instant INTEGER, PRIMARY KEY (account, instant, team))
WITHOUT ROWID;

-- name: moment_clear
DELETE FROM temp.moment;

-- name: moment_insert
INSERT INTO temp.moment (team, account, instant) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: any_moment
SELECT 1 FROM temp.moment LIMIT 1;

-- name: known_moments
SELECT d.id, r.id, t.id, d.post, d.account, d.instant,
       iif(d.state = 'undoing', 'in_doubt', d.state), d.zone, o.body, s.body,
       d.scheduled_post_id, d.finished_at, coalesce(c.body, '')
FROM temp.moment w
CROSS JOIN delivery d ON d.content IS NOT NULL AND d.freed IS NULL AND d.account = w.account
    AND d.instant = w.instant AND d.team = w.team
JOIN run r ON r.number = d.run AND r.status <> 'pruned'
JOIN team t ON t.number = d.team
JOIN document o ON o.number = d.options
JOIN document s ON s.number = d.settings
JOIN content c ON c.number = d.content;

-- name: calls
-- All as one JSON text: a thread that comes back from each row of many waits for the others.
SELECT json_group_array(json_array(number, team, post, instant, zone, options, json(deliveries),
                                   attempts, doubts))
FROM (
    SELECT d.call AS number, t.id AS team, d.post, d.instant, d.zone, o.body AS options,
           json_group_array(json_array(d.id, d.account, s.body)) AS deliveries,
           max(d.attempts) AS attempts, max(d.doubts) AS doubts
    FROM delivery d
    JOIN run r ON r.number = d.run
    JOIN team t ON t.number = d.team
    JOIN document o ON o.number = d.options
    JOIN document s ON s.number = d.settings
    WHERE r.id = :run AND d.state = 'planned' AND d.released = 0 AND d.call > :after
    GROUP BY d.call ORDER BY d.call LIMIT :most);

-- name: under_way_insert
-- Of one run's calls, of each a list: team, post, call, now, not_before. JSON has no infinity: null.
INSERT INTO under_way (team, post, run, call, since, not_before)
SELECT t.number, json_extract(c.value, '$[1]'), r.number, json_extract(c.value, '$[2]'),
       json_extract(c.value, '$[3]'), coalesce(json_extract(c.value, '$[4]'), -9e999)
FROM json_each(:claims) AS c
CROSS JOIN run r
JOIN team t ON t.service = r.service AND t.id = json_extract(c.value, '$[0]')
WHERE r.id = :run
ON CONFLICT DO NOTHING
RETURNING call;

-- name: under_way_delete
-- Of one call's number, or of a JSON list of them.
DELETE FROM under_way
WHERE run = (SELECT number FROM run WHERE id = :run)
  AND call IN (SELECT value FROM json_each(:call));

-- name: under_way_doubt
UPDATE under_way SET doubted_at = :now, answered = :answered, whole = :whole, blocks = :blocks
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = :call
RETURNING not_before;

-- name: under_way_block
UPDATE OR IGNORE under_way SET blocks = 1
WHERE run = (SELECT number FROM run WHERE id = :run) AND nothing_seen = :nothing_seen;

-- name: under_way_unblock
UPDATE under_way SET blocks = 0
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = coalesce(:call, call)
  AND doubted_at IS NOT NULL;

-- name: under_way_nothing_seen
UPDATE under_way SET nothing_seen = 1
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = :call;

-- name: under_way_sweep
DELETE FROM under_way AS u
WHERE u.run = (SELECT number FROM run WHERE id = :run) AND u.doubted_at IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.run = u.run AND d.call = u.call
                                             AND d.state = 'in_doubt' AND d.released = 0);

-- name: doubts
SELECT d.call, t.id, d.post, d.instant, d.zone, o.body,
       json_group_array(json_array(d.id, d.account, s.body)), max(d.attempts), max(d.doubts),
       u.not_before, u.answered, u.whole, u.nothing_seen
FROM run r
JOIN under_way u ON u.run = r.number AND u.blocks = 1 AND u.doubted_at IS NOT NULL
JOIN delivery d ON d.run = u.run AND d.call = u.call AND d.state = 'in_doubt' AND d.released = 0
JOIN team t ON t.number = d.team
JOIN document o ON o.number = d.options
JOIN document s ON s.number = d.settings
WHERE r.id = :run
GROUP BY d.call ORDER BY d.call;

-- name: doubtful_runs
SELECT DISTINCT r.id FROM under_way u
JOIN temp.wish w ON w.team = u.team AND w.post = u.post
JOIN run r ON r.number = u.run
WHERE u.doubted_at IS NOT NULL ORDER BY r.number;

-- name: any_doubt
SELECT 1 FROM under_way WHERE doubted_at IS NOT NULL LIMIT 1;

-- name: nothing_happened
UPDATE delivery SET (state, code, error, finished_at) = (
    SELECT iif(later.id IS NULL, 'planned', 'held'), iif(later.id IS NULL, NULL, 'superseded'),
           'run ' || later.id || ' has this post and account; it decides', later.started_at
    FROM (SELECT 1) LEFT JOIN run later
      ON later.number = (SELECT max(l.run) FROM delivery l
                         WHERE l.freed IS NULL AND l.post = delivery.post
                           AND l.account = delivery.account
                           AND l.team = delivery.team AND l.run > delivery.run)
     AND NOT EXISTS (SELECT 1 FROM delivery d  -- it wants this instant, too
                     WHERE d.id >= later.first AND d.post = delivery.post
                       AND d.account = delivery.account AND d.instant = delivery.instant))
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = :call AND state = 'in_doubt'
  AND released = 0
RETURNING id, state;

-- name: others
SELECT d.scheduled_post_id, json_extract(o.body, '$.recurrenceIntervalDays') IS NOT NULL,
       EXISTS (SELECT 1 FROM hiding h
               WHERE h.run = (SELECT number FROM run WHERE id = :run) AND h.call = :call
                 AND h.scheduled_post_id = d.scheduled_post_id)
FROM delivery d
JOIN team t ON t.number = d.team
JOIN run r ON r.number = d.run
JOIN document o ON o.number = d.options
WHERE d.post = :post AND t.id = :team AND d.scheduled_post_id IS NOT NULL
  AND (:run IS NULL OR r.id <> :run OR d.call <> :call);

-- name: service_get
SELECT 1 FROM service WHERE id = :service;

-- name: service_insert
INSERT INTO service (id, calibrated_at) VALUES (:service, :now) ON CONFLICT DO NOTHING;

-- name: allowance_get
SELECT rate, in_flight, quota FROM allowance
WHERE service = :service AND token = :token AND found_at >= :since;

-- name: allowance_save
INSERT OR REPLACE INTO allowance (service, token, rate, in_flight, quota, found_at)
VALUES (:service, :token, :rate, :in_flight, :quota, :now);

-- name: accepted_post
SELECT t.id, d.post FROM delivery d JOIN team t ON t.number = d.team
WHERE d.state = 'accepted' AND t.service = :service ORDER BY d.id DESC LIMIT 1;

-- name: claim
UPDATE delivery SET state = 'sending', attempts = attempts + 1, code = NULL, error = NULL
WHERE id IN (
    SELECT d.id FROM json_each(:calls) AS c
    CROSS JOIN delivery d ON d.run = (SELECT number FROM run WHERE id = :run) AND d.call = c.value
    WHERE d.state = 'planned' AND d.released = 0);

-- name: unclaim
UPDATE delivery SET state = 'planned', code = :code, error = :error,
                    attempts = attempts - :unsent
WHERE run = (SELECT number FROM run WHERE id = :run) AND call = :call AND state = 'sending';

-- name: outcome
-- Of all that came out alike: ids is a JSON object, id → scheduled_post_id.
UPDATE delivery SET state = :state, code = :code, error = :error, finished_at = :now,
    scheduled_post_id = o.value, doubts = doubts + (:state = 'in_doubt' AND state = 'sending')
FROM json_each(:ids) AS o
WHERE delivery.id = CAST(o.key AS INTEGER);

-- name: orphan_deliveries
UPDATE delivery SET state = 'in_doubt', code = 'cut-off', finished_at = :now, doubts = doubts + 1,
    error = 'the program ended while this call was under way; it may be scheduled'
WHERE state = 'sending' AND run = (SELECT number FROM run WHERE id = :run);

-- name: orphan_under_way
UPDATE under_way SET doubted_at = coalesce(doubted_at, :now), blocks = 0
WHERE run = (SELECT number FROM run WHERE id = :run);

-- name: orphan_run
UPDATE run SET status = 'interrupted', reason = 'the program ended before the run did'
WHERE id = :run AND status = 'running';

-- name: tally
INSERT INTO tally
SELECT r.number, v.source, v.team, v.account, v.status, count(*), min(v.id)
FROM run r CROSS JOIN result v ON v.run = r.id
WHERE r.id = :run AND NOT EXISTS
    (SELECT 1 FROM delivery d WHERE d.run = r.number AND d.state = 'sending')
GROUP BY v.source, v.team, v.account, v.status;

-- name: spans
-- Of a run with several sheets: between which ids each has its deliveries.
SELECT d.source, min(d.id), max(d.id)
FROM run r CROSS JOIN delivery d ON d.id BETWEEN r.first AND r.last AND d.run = r.number
WHERE r.id = :run AND EXISTS (SELECT 1 FROM source s WHERE s.run = r.number AND s.number > 0)
GROUP BY d.source;

-- name: counts
SELECT status, sum(count) FROM counted
WHERE run = :run AND source = coalesce(:source, source) AND first BETWEEN :first AND :last
GROUP BY status;

-- name: counts_by_account
SELECT v.account, coalesce(a.name, ''), coalesce(a.provider, ''), v.status, sum(v.count)
FROM counted v
LEFT JOIN account a ON a.team = v.team AND a.id = v.account
WHERE v.run = :run AND v.account IS NOT NULL AND v.source = coalesce(:source, v.source)
  AND v.first BETWEEN :first AND :last
GROUP BY v.team, v.account, v.status ORDER BY min(v.first);

-- name: run_since
SELECT id FROM run WHERE service = :service AND status <> 'pruned'
                     AND (finished_at IS NULL OR finished_at >= :since) ORDER BY number;

-- name: counts_by_day
SELECT date(coalesce(v.finished_at, r.started_at), 'unixepoch'), v.account,
       coalesce(a.name, ''), coalesce(a.provider, ''), v.status, count(*)
FROM result v
JOIN run r ON r.id = v.run
LEFT JOIN account a ON a.team = v.team AND a.id = v.account
WHERE v.run = :run AND v.status IN ('accepted', 'rejected', 'held', 'in_doubt')
  AND coalesce(v.finished_at, r.started_at) >= :since
GROUP BY 1, v.team, v.account, v.status ORDER BY 1, min(v.id);

-- name: results
SELECT v.row, t.id, v.post, v.account, v.instant, v.zone, v.status, v.scheduled_post_id,
       v.code, v.error, v.attempts, v.call_id, v.finished_at, l.cells,
       CASE v.status WHEN 'invalid' THEN l.raw END
FROM result v
JOIN run r ON r.id = v.run
LEFT JOIN team t ON t.number = v.team
LEFT JOIN line l ON l.run = r.number AND l.source = v.source AND l.row = v.row
WHERE v.run = :run AND v.source = :source AND v.id BETWEEN :first AND :last
ORDER BY v.id;

-- name: account_insert
INSERT INTO account (team, id, provider, name, status, seen_at, handle, display_name)
SELECT number, :id, :provider, :name, :status, :now, :handle, :display_name
FROM team WHERE service = :service AND id = :team
ON CONFLICT (team, id) DO UPDATE SET provider = excluded.provider, name = excluded.name,
    status = excluded.status, seen_at = excluded.seen_at, handle = excluded.handle,
    display_name = excluded.display_name;

-- name: accounts_seen
UPDATE team SET accounts_seen_at = :now WHERE service = :service AND id = :team;

-- name: accounts_seen_at
SELECT accounts_seen_at FROM team
WHERE service = :service AND id = :team AND accounts_seen_at IS NOT NULL;

-- name: account_list
SELECT a.id, a.provider, a.handle, a.display_name, a.status
FROM team t JOIN account a ON a.team = t.number AND a.seen_at = t.accounts_seen_at
WHERE t.service = :service AND t.id = :team ORDER BY a.id;

-- name: team_planned
SELECT id FROM team WHERE number IN (
    SELECT team FROM delivery
    WHERE run = (SELECT number FROM run WHERE id = :run) AND state = 'planned' AND released = 0);

-- name: delivery_reject
-- Each account is a list: id, code, error.
UPDATE delivery SET state = 'rejected', finished_at = :now,
    code = json_extract(a.value, '$[1]'),
    error = json_extract(a.value, '$[2]')
FROM json_each(:accounts) AS a
WHERE delivery.account = json_extract(a.value, '$[0]')
  AND delivery.run = (SELECT number FROM run WHERE id = :run)
  AND delivery.team = (SELECT t.number FROM team t JOIN run r ON r.service = t.service
                       WHERE r.id = :run AND t.id = :team)
  AND delivery.state = 'planned' AND delivery.released = 0;
