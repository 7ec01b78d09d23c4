-- What terminals said. The key of a punch is its content in normal form (design: invariant 3).
-- No foreign key from punch: it is the hot path, and TimescaleDB locks the referenced table for each new chunk.

CREATE TABLE punch (
    terminal_id integer NOT NULL,
    local_time  timestamp NOT NULL,     -- to the second, as the terminal's clock showed it
    pin         text NOT NULL,
    state       smallint NOT NULL,      -- 255 = not said
    verify      smallint,               -- null = not said
    work_code   text,                   -- null = the record has no such field
    source      text NOT NULL,          -- poll, live, push, mqtt, file
    received_at timestamptz NOT NULL,
    raw         bytea NOT NULL,         -- the record's bytes as they came
    CONSTRAINT punch_key PRIMARY KEY (terminal_id, local_time, pin, state)
);

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM create_hypertable('punch', 'local_time', chunk_time_interval => interval '7 days',
                                  create_default_indexes => false, if_not_exists => true);
    END IF;
END
$$;

-- A record equal in key to a stored punch that says something else in another field.
CREATE TABLE punch_variant (
    terminal_id integer NOT NULL,
    local_time  timestamp NOT NULL,
    pin         text NOT NULL,
    state       smallint NOT NULL,
    verify      smallint,
    work_code   text,
    source      text NOT NULL,
    received_at timestamptz NOT NULL,
    raw         bytea NOT NULL,
    sha256      bytea NOT NULL GENERATED ALWAYS AS (sha256(raw)) STORED,    -- an index takes no raw of any length
    CONSTRAINT punch_variant_key
        UNIQUE NULLS NOT DISTINCT (terminal_id, local_time, pin, state, verify, work_code, source, sha256)
);

-- What could not be taken as a punch, once per content. `terminal` is the claimed identity, registered or not.
CREATE TABLE rejected (
    terminal    text NOT NULL,
    sha256      bytea NOT NULL CHECK (length(sha256) = 32),
    raw         bytea NOT NULL,
    reason      text NOT NULL,
    source      text NOT NULL,
    first_seen  timestamptz NOT NULL,
    last_seen   timestamptz NOT NULL,
    times_seen  integer NOT NULL DEFAULT 1,
    resolved_at timestamptz,            -- read after all; the row stays
    PRIMARY KEY (terminal, sha256)
);

-- Days whose facts changed. Append-only, so that ingest never waits for the scorer; the scorer deletes what it has done.
CREATE TABLE day_to_score (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer,                -- all employees enrolled on it that day, or
    employee_id integer,                -- this one employee
    day         date NOT NULL,
    CHECK (num_nonnulls(terminal_id, employee_id) = 1)
);
