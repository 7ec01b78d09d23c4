-- Who works where, and which terminals stand there.

CREATE TABLE unit (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    name        text NOT NULL,
    parent_id   integer REFERENCES unit,
    time_zone   text NOT NULL,          -- IANA name: Asia/Jakarta, Asia/Makassar, Asia/Jayapura
    rulebook    text NOT NULL,          -- name of a folder in config/rulebooks
    CHECK (parent_id <> id)
);

CREATE TABLE employee (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    nip             text NOT NULL UNIQUE CHECK (nip ~ '^[0-9]{18}$'),
    name            text NOT NULL,
    unit_id         integer NOT NULL REFERENCES unit,
    allowance_class smallint
);
CREATE INDEX employee_unit ON employee (unit_id);

CREATE TABLE terminal (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name        text NOT NULL UNIQUE,
    kind        text NOT NULL CHECK (kind IN ('zk', 'mqtt', 'attlog')),
    address     text,                   -- zk: HOST or HOST:PORT; mqtt: the device id it sends; attlog: null
    comm_key    integer NOT NULL DEFAULT 0 CHECK (comm_key BETWEEN 0 AND 999999),
    time_zone   text NOT NULL,          -- of the place where it hangs
    added_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX terminal_mqtt_address ON terminal (address) WHERE kind = 'mqtt';

-- The last thing known of each terminal; one row a terminal, overwritten.
CREATE TABLE terminal_health (
    terminal_id     integer PRIMARY KEY REFERENCES terminal,
    serial_number   text,
    firmware        text,
    platform        text,
    record_count    integer,
    record_capacity integer,
    clock_offset    integer,            -- seconds, terminal minus server
    tried_at        timestamptz,
    read_at         timestamptz,        -- last time it was read to the end
    record_at       timestamp,          -- local time of the latest punch
    error           text                -- null after a good read
);

-- A pin on a terminal belongs to an employee, from (included) until (excluded; null = still).
CREATE TABLE enrolment (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    terminal_id integer NOT NULL REFERENCES terminal,
    pin         text NOT NULL,
    employee_id integer NOT NULL REFERENCES employee,
    valid_from  date NOT NULL,
    valid_until date,
    CHECK (valid_until > valid_from),
    UNIQUE (terminal_id, pin, valid_from)
);
CREATE INDEX enrolment_employee ON enrolment (employee_id);
