-- name: content_wish_table
CREATE TEMP TABLE IF NOT EXISTS content_wish (
    team INTEGER, key TEXT, post TEXT, UNIQUE (team, key, post));

-- name: content_wish_clear
DELETE FROM temp.content_wish;

-- name: content_wish_insert
INSERT INTO temp.content_wish (team, key, post) VALUES (?, ?, ?) ON CONFLICT DO NOTHING;

-- name: made_contents
SELECT DISTINCT t.id, c.key, c.post, c.body
FROM temp.content_wish w
CROSS JOIN content c ON c.team = w.team AND c.key = w.key AND c.post IS NOT NULL
JOIN team t ON t.number = c.team
WHERE w.key IS NOT NULL
UNION
SELECT t.id, c.key, c.post, c.body
FROM temp.content_wish w
CROSS JOIN content c ON c.team = w.team AND c.post = w.post AND c.post IS NOT NULL
JOIN team t ON t.number = c.team
WHERE w.post IS NOT NULL;

-- name: content_insert
INSERT INTO content (team, key, body)
SELECT :team, :key, :body
WHERE NOT EXISTS (SELECT 1 FROM content WHERE team = :team AND key = :key);

-- name: content_body
UPDATE content SET body = :body WHERE team = :team AND key = :key AND body IS NULL;

-- name: content_again
UPDATE content SET state = 'planned' WHERE number = ? AND state = 'in_doubt';

-- name: content_numbers
SELECT c.number FROM json_each(:keys) AS wanted
CROSS JOIN content c ON c.team = :team AND c.key = wanted.value ORDER BY wanted.key;

-- name: content_get
SELECT (SELECT count(*) FROM delivery d
        WHERE d.run = r.number AND d.call = :call AND d.state = 'planned' AND d.released = 0),
       c.number, c.state, c.post, c.body, c.assets, c.since, c.not_before, c.answered, c.doubts
FROM run r
JOIN team t ON t.service = r.service AND t.id = :team
JOIN content c ON c.team = t.number AND c.key = :key
WHERE r.id = :run;

-- name: content_assets
SELECT w.value, a.id
FROM json_each(:urls) AS w
CROSS JOIN run r ON r.id = :run
JOIN team t ON t.service = r.service AND t.id = :team
JOIN asset a ON a.run = r.number AND a.team = t.number AND a.url = w.value;

-- name: asset_insert
INSERT INTO asset (run, team, url, id)
SELECT r.number, t.number, :url, :id
FROM run r JOIN team t ON t.service = r.service AND t.id = :team WHERE r.id = :run
ON CONFLICT DO NOTHING;

-- name: content_claim
UPDATE content SET state = 'creating', since = :now, not_before = :not_before, assets = :assets,
    answered = 0, doubted_at = NULL,
    run = (SELECT number FROM run WHERE id = :run)
WHERE number = :number AND state IN ('planned', 'refused');

-- name: content_release
UPDATE content SET state = 'planned', run = NULL WHERE number = :number AND state = 'creating';

-- name: content_refuse
UPDATE content SET state = 'refused', run = NULL WHERE number = :number AND state = 'creating';

-- name: content_created
UPDATE content SET state = 'created', run = NULL, post = :post, created_at = :now
WHERE number = :number AND state = 'creating' AND since = :since;

-- name: content_found
UPDATE content SET state = 'created', post = :post, created_at = :now
WHERE number = :number AND state = 'in_doubt' AND since = :since AND NOT EXISTS
    (SELECT 1 FROM content other WHERE other.team = content.team AND other.post = :post);

-- name: content_doubt
UPDATE content SET state = 'in_doubt', run = NULL, doubted_at = :now, answered = :answered,
    doubts = doubts + 1
WHERE number = :number AND state = 'creating'
RETURNING since, not_before, doubts;

-- name: content_nothing
UPDATE content SET state = 'planned' WHERE number = :number AND state = 'in_doubt' AND since = :since;

-- name: content_note
UPDATE delivery SET code = :code, error = :error
WHERE content = :number AND state = 'planned' AND run = (SELECT number FROM run WHERE id = :run);

-- name: content_reject
UPDATE delivery SET state = 'rejected', code = :code, error = :error, finished_at = :now
WHERE content = :number AND state = 'planned' AND released = 0
  AND run = (SELECT number FROM run WHERE id = :run);

-- name: orphan_contents
UPDATE content SET state = 'in_doubt', run = NULL, doubted_at = :now, answered = 0,
    doubts = doubts + 1
WHERE run = (SELECT number FROM run WHERE id = :run) AND state = 'creating'
RETURNING number;

-- name: listing_get
SELECT 1 FROM listing WHERE service = :service;

-- name: listing_insert
INSERT INTO listing (service, shown_at) VALUES (:service, :now) ON CONFLICT DO NOTHING;

-- name: listing_sample
SELECT c.post, c.created_at FROM content c JOIN team t ON t.number = c.team
WHERE t.service = :service AND t.id = :team AND c.post IS NOT NULL AND c.body IS NOT NULL
ORDER BY c.number DESC LIMIT 1;

-- name: content_bodies
SELECT c.post, c.body
FROM json_each(:posts) AS w
CROSS JOIN team t ON t.service = :service AND t.id = :team
JOIN content c ON c.team = t.number AND c.post = w.value AND c.post IS NOT NULL;

-- name: contents_in_doubt
SELECT c.body, c.assets FROM content c JOIN team t ON t.number = c.team
WHERE c.state = 'in_doubt' AND t.service = :service AND t.id = :team;
