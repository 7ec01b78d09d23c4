-- Being away from the post, assemblies, heads of units, deadlines of work, and accounts of employees.

-- Times are by the clock of the employee's unit.
CREATE TABLE temporary_exit (
    employee_id integer NOT NULL REFERENCES employee,
    left_at     timestamp NOT NULL,
    returned_at timestamp NOT NULL,
    document    text NOT NULL,          -- the letter that allows it: then it costs nothing; empty = none does
    withdrawn   boolean NOT NULL,       -- counts no longer; it stays to be seen
    PRIMARY KEY (employee_id, left_at),
    CHECK (returned_at > left_at)
);

-- An apel or ceremony of a unit and all below it.
CREATE TABLE assembly (
    unit_id     integer NOT NULL REFERENCES unit,
    day         date NOT NULL,
    name        text NOT NULL,
    starts      integer CHECK (starts BETWEEN 0 AND 1439),  -- minutes after midnight, as the next one: the window
    ends        integer CHECK (ends > starts AND ends <= 1439),     -- in which a punch proves presence
    presence    text NOT NULL CHECK (presence IN ('punch', 'list')),
    withdrawn   boolean NOT NULL,
    PRIMARY KEY (unit_id, day, name),
    CHECK (presence = 'list' OR (starts IS NOT NULL AND ends IS NOT NULL))
);

-- The list of an assembly. One without any row is not in yet, and nobody has missed it.
CREATE TABLE assembly_list (
    unit_id     integer NOT NULL,
    day         date NOT NULL,
    name        text NOT NULL,
    employee_id integer NOT NULL REFERENCES employee,
    present     boolean NOT NULL,
    PRIMARY KEY (unit_id, day, name, employee_id),
    FOREIGN KEY (unit_id, day, name) REFERENCES assembly
);

-- Who heads a unit from a day on; null = nobody.
CREATE TABLE unit_head (
    unit_id     integer NOT NULL REFERENCES unit,
    valid_from  date NOT NULL,
    employee_id integer REFERENCES employee,
    PRIMARY KEY (unit_id, valid_from)
);

-- Until when work of a unit and all below it is submitted and decided, from a day on; null = no deadline.
CREATE TABLE activity_deadline (
    unit_id     integer NOT NULL REFERENCES unit,
    valid_from  date NOT NULL,          -- counts for work of this day and later
    submit_days smallint CHECK (submit_days >= 0),  -- after the day of the work
    decide_days smallint CHECK (decide_days >= 0),  -- after the day on which it was submitted
    PRIMARY KEY (unit_id, valid_from)
);

-- An employee's own account or key. It sees and enters what is that employee's, and decides of those below.
ALTER TABLE account ADD COLUMN employee_id integer REFERENCES employee;
ALTER TABLE account DROP CONSTRAINT account_role_check;
ALTER TABLE account ADD CONSTRAINT account_role_check CHECK (role IN ('hr', 'allowance', 'employee'));
ALTER TABLE account ADD CONSTRAINT account_employee_check CHECK ((role = 'employee') = (employee_id IS NOT NULL));
ALTER TABLE api_key ADD COLUMN employee_id integer REFERENCES employee;
ALTER TABLE api_key DROP CONSTRAINT api_key_role_check;
ALTER TABLE api_key ADD CONSTRAINT api_key_role_check CHECK (role IN ('hr', 'allowance', 'employee'));
ALTER TABLE api_key ADD CONSTRAINT api_key_employee_check CHECK ((role = 'employee') = (employee_id IS NOT NULL));

-- The work that counts: verified, and submitted and decided in time where the nearest unit sets a deadline for its day.
-- Work of which it is not known when that was done was not in time.
CREATE VIEW counted_activity AS
SELECT * FROM activity
WHERE status = 'verified' AND CASE WHEN EXISTS (SELECT FROM activity_deadline) THEN coalesce((
    SELECT coalesce((submit_days IS NULL OR submitted_on <= day + submit_days)
                    AND (decide_days IS NULL OR decided_on <= submitted_on + decide_days), false)
    FROM membership JOIN unit_above USING (unit_id) JOIN activity_deadline AS deadline ON deadline.unit_id = holder_id
    WHERE membership.employee_id = activity.employee_id AND day >= membership.valid_from
      AND (membership.valid_until IS NULL OR day < membership.valid_until) AND deadline.valid_from <= day
    ORDER BY distance, deadline.valid_from DESC LIMIT 1), true) ELSE true END;
