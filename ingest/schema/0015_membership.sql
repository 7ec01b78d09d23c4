-- Which unit an employee belongs to, by the day: a transfer counts from its day on, and leaves the days before alone.

CREATE TABLE membership (
    employee_id integer NOT NULL REFERENCES employee,
    valid_from  date NOT NULL,
    valid_until date,                   -- excluded; null = still
    unit_id     integer NOT NULL REFERENCES unit,
    PRIMARY KEY (employee_id, valid_from),
    CHECK (valid_until > valid_from)
);
CREATE INDEX membership_unit ON membership (unit_id);

-- Until now an employee had one unit for all days. employee.unit_id stays: the unit of the newest membership.
INSERT INTO membership (employee_id, valid_from, unit_id) SELECT id, '1900-01-01', unit_id FROM employee;

-- What the stored days of a month were last brought up to date with: law, clock and days judged. Equal to what applies
-- now, and nothing marked: nothing to do, and no stored day has to be looked at.
CREATE TABLE scored_month (
    employee_id integer NOT NULL REFERENCES employee,
    period      text NOT NULL,
    digest      text NOT NULL,
    PRIMARY KEY (period, employee_id)
);
