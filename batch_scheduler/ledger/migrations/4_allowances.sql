-- What a service was found to allow the holder of a token, for the next run to begin with.

CREATE TABLE allowance (
    service   TEXT NOT NULL,
    token     TEXT NOT NULL,                   -- a digest, from which it can't be had
    rate      REAL,                            -- calls per second
    in_flight INTEGER,                         -- calls at once
    quota     INTEGER,                         -- calls per window
    found_at  REAL NOT NULL,                   -- when it last refused something
    PRIMARY KEY (service, token)
) STRICT, WITHOUT ROWID;
