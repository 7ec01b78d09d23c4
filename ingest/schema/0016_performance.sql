-- Plans, ratings and what they lead to. Amounts, values and ratings are whole hundredths, as everywhere.

-- What an employee or a unit promises for a year (SKP), and whose item it serves.
CREATE TABLE plan_item (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employee_id integer REFERENCES employee,
    unit_id     integer REFERENCES unit,    -- of a unit's own plan, else null
    year        smallint NOT NULL CHECK (year BETWEEN 1900 AND 2999),
    reference   text NOT NULL,              -- the office's own number of the item within a plan
    title       text NOT NULL,
    main        boolean NOT NULL,           -- false: additional work (kinerja tambahan)
    measure     text NOT NULL,              -- what is counted: report, percent, day
    low         bigint NOT NULL CHECK (low > 0),
    high        bigint NOT NULL CHECK (high >= low),    -- a range where it differs from low
    maximal     boolean NOT NULL,           -- cannot be exceeded
    weight      bigint CHECK (weight > 0),  -- of a main item among its plan
    category    smallint CHECK (category IN (20, 40, 60, 80, 100)), -- of additional work, as the next two
    scope       smallint CHECK (scope BETWEEN 0 AND 100),
    value       bigint CHECK (value >= 0),
    serves      bigint REFERENCES plan_item,    -- the item of the superior or unit that it is broken down from
    CHECK ((employee_id IS NULL) <> (unit_id IS NULL)),
    CHECK (CASE WHEN main THEN weight IS NOT NULL ELSE weight IS NULL AND category * scope * value >= 0 END),
    UNIQUE NULLS NOT DISTINCT (employee_id, unit_id, year, reference)
);
CREATE INDEX plan_item_serves ON plan_item (serves);

-- How much of an item is promised for one month.
CREATE TABLE plan_month (
    plan_item_id    bigint NOT NULL REFERENCES plan_item,
    period          text NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    amount          bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (plan_item_id, period)
);

-- Kinds of work, with what one of each is worth.
CREATE TABLE catalogue (
    code            text PRIMARY KEY,
    title           text NOT NULL,
    measure         text NOT NULL,
    norm_minutes    integer NOT NULL CHECK (norm_minutes > 0),  -- for one
    weight          bigint NOT NULL CHECK (weight >= 0)         -- bobot of one
);

-- What further is known of a piece of work.
ALTER TABLE activity
    ADD COLUMN kind text NOT NULL DEFAULT 'main' CHECK (kind IN ('main', 'additional', 'other')),
    ADD COLUMN catalogue_code text REFERENCES catalogue,
    ADD COLUMN plan_item_id bigint REFERENCES plan_item,
    ADD COLUMN evidence text,               -- a link
    ADD COLUMN quality smallint CHECK (quality BETWEEN 0 AND 100),
    ADD COLUMN submitted_on date,
    ADD COLUMN decided_on date,             -- verified or returned
    ADD COLUMN decided_by integer REFERENCES employee,
    ADD COLUMN reason text;                 -- why it was returned
CREATE INDEX activity_plan_item ON activity (plan_item_id);

-- Conduct as one person rates another for a period: 2026-01, 2026-Q1 or 2026.
CREATE TABLE rating (
    employee_id integer NOT NULL REFERENCES employee,
    rater_id    integer NOT NULL REFERENCES employee,
    period      text NOT NULL CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'),
    role        text NOT NULL CHECK (role IN ('superior', 'peer', 'subordinate')),
    value       bigint NOT NULL CHECK (value BETWEEN 0 AND 12000),
    PRIMARY KEY (employee_id, period, rater_id),
    CHECK (employee_id <> rater_id)
);

-- What the superior found of a period, by PermenPANRB 6/2022, and whether there was a new idea (PP 30/2019 Ps. 41).
CREATE TABLE evaluation (
    employee_id integer NOT NULL REFERENCES employee,
    period      text NOT NULL CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'),
    result      text CHECK (result IN ('above', 'as expected', 'below')),
    behaviour   text CHECK (behaviour IN ('above', 'as expected', 'below')),
    new_idea    boolean NOT NULL,
    PRIMARY KEY (employee_id, period)
);

-- The predicate of a unit as an organisation.
CREATE TABLE unit_predicate (
    unit_id     integer NOT NULL REFERENCES unit,
    period      text NOT NULL CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'),
    predicate   text NOT NULL,
    PRIMARY KEY (unit_id, period)
);

-- The class of an employee's post from a day on; a candidate (CPNS) gets a share of it.
CREATE TABLE employee_class (
    employee_id     integer NOT NULL REFERENCES employee,
    valid_from      date NOT NULL,
    allowance_class smallint NOT NULL CHECK (allowance_class BETWEEN 1 AND 99),
    candidate       boolean NOT NULL,
    PRIMARY KEY (employee_id, valid_from)
);

-- What a score further holds. amount: sen.
ALTER TABLE score
    ADD COLUMN behaviour integer,
    ADD COLUMN evaluation integer,          -- PP 30/2019: plan and behaviour, at most 120.00
    ADD COLUMN predicate text,
    ADD COLUMN amount bigint;
