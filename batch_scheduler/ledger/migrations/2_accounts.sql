-- What a team's accounts are called, each by itself, and when they were last looked at: one that was
-- not seen then is the team's no more, and kept for what was sent to it.

ALTER TABLE account ADD COLUMN handle TEXT NOT NULL DEFAULT '';        -- without its @

ALTER TABLE account ADD COLUMN display_name TEXT NOT NULL DEFAULT '';

ALTER TABLE team ADD COLUMN accounts_seen_at REAL;
