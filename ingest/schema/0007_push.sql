-- Terminals that push over HTTP (iclock): who may, how far each got, and what they are asked.

ALTER TABLE terminal DROP CONSTRAINT terminal_kind_check;
ALTER TABLE terminal ADD CONSTRAINT terminal_kind_check CHECK (kind IN ('zk', 'mqtt', 'attlog', 'iclock'));
CREATE UNIQUE INDEX terminal_iclock_address ON terminal (address) WHERE kind = 'iclock';

-- One row a serial number that ever asked. Pending: nothing is taken, so the terminal keeps its punches.
CREATE TABLE push_terminal (
    serial_number text PRIMARY KEY,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'approved', 'blocked')),
    network       cidr,                 -- where it may push from; null = from anywhere
    access        boolean NOT NULL DEFAULT false, -- speaks the dialect of access terminals
    registry_code text,                 -- given to an access terminal when it registered
    stamps        jsonb NOT NULL DEFAULT '{}', -- by table: how far it got, in its own opaque words
    first_seen    timestamptz NOT NULL,
    last_seen     timestamptz NOT NULL,
    last_from     inet NOT NULL
);

-- What a terminal is asked: punches of a span again, or their number. There is no other kind.
CREATE TABLE push_order (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal,
    kind        text NOT NULL CHECK (kind IN ('upload', 'count')),
    first_time  timestamp NOT NULL,     -- local times of the terminal, both included
    last_time   timestamp NOT NULL,
    asked_at    timestamptz NOT NULL,
    sent_at     timestamptz,
    times_sent  integer NOT NULL DEFAULT 0,
    answered_at timestamptz,
    result      integer,                -- the terminal's return code, or the number it counted
    CHECK (first_time <= last_time)
);
CREATE INDEX push_order_terminal ON push_order (terminal_id, asked_at);
