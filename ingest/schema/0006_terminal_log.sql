-- What is remembered of the log of a ZK terminal, so that its next reading fetches only what is new.

CREATE TABLE terminal_log (
    terminal_id     integer PRIMARY KEY REFERENCES terminal,
    serial_number   text,
    firmware        text,
    head            integer NOT NULL,       -- bytes before the first record
    record_size     smallint NOT NULL,
    time_last       boolean NOT NULL,       -- which of the two 8-byte layouts
    records         integer NOT NULL,       -- how many it held
    anchor          bytea NOT NULL,         -- the last of them as they came; empty = nothing to hold on to
    whole_at        timestamptz NOT NULL,   -- last time it was read whole
    tails           integer NOT NULL,       -- readings of its end since then
    offset_reads    text NOT NULL CHECK (offset_reads IN ('unchecked', 'good', 'unfit', 'missed')),
    why_not         text                    -- why its end is never read alone
);
