-- How each terminal is kept read, and what its readings said of it.

ALTER TABLE terminal
    ADD COLUMN serial_number text,              -- of the machine that hangs there; null = not known yet
    ADD COLUMN live boolean NOT NULL DEFAULT false,         -- zk: hear live punches between two polls
    ADD COLUMN poll_seconds integer CHECK (poll_seconds BETWEEN 10 AND 86400),  -- zk: null = TEPAT_POLL_SECONDS
    ADD COLUMN set_clock boolean NOT NULL DEFAULT false,    -- zk: set its clock when it is off
    ADD COLUMN name_encoding text NOT NULL DEFAULT 'utf-8', -- zk: code page of the names on it
    ADD COLUMN retired_at timestamptz;          -- no longer in use: not read, and nobody's days wait for it

ALTER TABLE terminal_health
    ADD COLUMN seen_at timestamptz,             -- last sign of life
    ADD COLUMN synced_until timestamptz,        -- everything punched on it before is stored
    ADD COLUMN unread integer,                  -- records that it holds and the database does not, as far as known
    ADD COLUMN cure text;                       -- what to do about error

-- One row a reading. offset: terminal minus server, corrected by half the way there and back.
CREATE TABLE terminal_reading (
    terminal_id     integer NOT NULL,
    at              timestamptz NOT NULL,       -- of the server
    shown           timestamp NOT NULL,         -- what the terminal's clock showed at that moment
    offset_ms       bigint NOT NULL,
    round_trip_ms   integer NOT NULL,
    flag            text CHECK (flag IN ('drift', 'jump', 'reset', 'future')),  -- null = the clock is right
    record_count    integer,
    CONSTRAINT terminal_reading_key PRIMARY KEY (terminal_id, at)
);

-- Why the time of a punch is doubtful, as far as its own record says so.
CREATE TABLE punch_mark (
    terminal_id integer NOT NULL,
    local_time  timestamp NOT NULL,
    pin         text NOT NULL,
    state       smallint NOT NULL,
    mark        text NOT NULL CHECK (mark IN ('clock_doubted', 'time_of_receipt', 'other_offset')),
    CONSTRAINT punch_mark_key PRIMARY KEY (terminal_id, local_time, pin, state, mark)
);

ALTER TABLE push_terminal
    ADD COLUMN push_key text,                   -- pushcommkey that it must name; null = none asked
    ADD COLUMN counted_answer boolean NOT NULL DEFAULT false;   -- tabledata is answered NAME=COUNT instead of OK

DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
        PERFORM create_hypertable('terminal_reading', 'at', chunk_time_interval => interval '7 days',
                                  create_default_indexes => false, if_not_exists => true);
    END IF;
END
$$;
