-- name: scheduled
SELECT d.id, d.call, t.id, d.post, d.account, d.instant, d.state, d.scheduled_post_id,
       d.finished_at, d.error
FROM run r
JOIN delivery d ON d.id BETWEEN r.first AND r.last AND d.run = r.number
JOIN team t ON t.number = d.team
WHERE r.id = :run AND d.prior IS NULL
  AND (d.state = 'accepted' OR d.state = 'in_doubt' OR d.state = 'undoing' OR d.state = 'undone')
ORDER BY d.id;

-- name: sharing
SELECT t.id, d.post, min(o.id)
FROM run r
JOIN delivery d ON d.id BETWEEN r.first AND r.last AND d.run = r.number
JOIN delivery f ON f.freed IS NULL AND f.post = d.post AND f.team = d.team AND f.run <> d.run
                   AND f.state <> 'planned'
JOIN run o ON o.number = f.run
JOIN team t ON t.number = d.team
WHERE r.id = :run
GROUP BY t.id, d.post;

-- name: shared
SELECT o.id
FROM run r
JOIN team t ON t.service = r.service AND t.id = :team
JOIN delivery f ON f.freed IS NULL AND f.post = :post AND f.team = t.number AND f.run <> r.number
                   AND f.state <> 'planned'
JOIN run o ON o.number = f.run
WHERE r.id = :run
LIMIT 1;

-- name: undo_begin
UPDATE delivery SET state = 'undoing'
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'accepted';

-- name: undo_keep
UPDATE delivery SET state = 'accepted'
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'undoing';

-- name: undo_done
UPDATE delivery SET state = 'undone', code = 'undone', error = :error, finished_at = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('undoing', 'in_doubt');

-- name: undo_settled
DELETE FROM under_way
WHERE run = (SELECT number FROM run WHERE id = :run) AND post = :post AND call > 0
  AND doubted_at IS NOT NULL;
