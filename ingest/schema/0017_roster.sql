-- Who should be there when, where the office hours of the calendar do not say it.

CREATE TABLE shift (
    id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    code        text NOT NULL UNIQUE,
    name        text NOT NULL,
    starts      integer NOT NULL CHECK (starts BETWEEN 0 AND 1439),     -- minutes after midnight, as the next ones
    ends        integer NOT NULL,       -- beyond 1440: on the day after
    in_from     integer,                -- windows in which a scan is taken; null = not limited
    in_until    integer,
    out_from    integer,
    out_until   integer,
    CHECK (ends > starts AND ends <= starts + 1440)
);

-- One day of an employee. It goes before the unit's, and both before holidays.
CREATE TABLE roster (
    employee_id integer NOT NULL REFERENCES employee,
    day         date NOT NULL,
    shift_ids   integer[] NOT NULL,     -- in the order of the day; empty = free
    name        text NOT NULL,          -- of a free day; may be empty
    PRIMARY KEY (employee_id, day)
);

-- One day of a unit and all below it.
CREATE TABLE unit_roster (
    unit_id     integer NOT NULL REFERENCES unit,
    day         date NOT NULL,
    shift_ids   integer[] NOT NULL,
    name        text NOT NULL,
    PRIMARY KEY (unit_id, day)
);

-- The week of a unit and all below it, from a day on until the next one begins. Holidays go before it.
CREATE TABLE unit_week (
    unit_id     integer NOT NULL REFERENCES unit,
    valid_from  date NOT NULL,
    weekday     smallint NOT NULL CHECK (weekday BETWEEN 1 AND 7),      -- Monday is 1
    shift_ids   integer[] NOT NULL,     -- empty = free
    PRIMARY KEY (unit_id, valid_from, weekday)
);

-- Every unit with itself and those above it, and how far above they are.
CREATE VIEW unit_above AS
WITH RECURSIVE above AS (
    SELECT id AS unit_id, id AS holder_id, parent_id, 0 AS distance FROM unit
    UNION ALL
    SELECT above.unit_id, unit.id, unit.parent_id, distance + 1 FROM above JOIN unit ON unit.id = above.parent_id
)
SELECT unit_id, holder_id, distance FROM above;

-- A work day has a row a shift; nearly all have one.
ALTER TABLE work_day ADD COLUMN shift smallint NOT NULL DEFAULT 1;
ALTER TABLE work_day DROP CONSTRAINT work_day_pkey;
ALTER TABLE work_day ADD PRIMARY KEY (employee_id, day, shift);
