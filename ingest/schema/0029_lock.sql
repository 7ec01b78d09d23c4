-- What was paid, and what is paid later because facts came late. Rows are only added; nothing here is ever changed.
-- No foreign key to score: its triggers below keep the locked rows, and nothing else may be hindered from emptying it.

CREATE TABLE locked_month (
    employee_id     integer NOT NULL,
    period          text NOT NULL CHECK (period ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])$'),
    version         integer NOT NULL,   -- of the score that is paid
    days_overruled  integer NOT NULL,   -- days judged without waiting, as they were then, and the terminals' names
    overruled_for   text[] NOT NULL,
    locked_at       timestamptz NOT NULL,
    locked_by       text NOT NULL,      -- account:NAME, key:NAME, command:OS USER
    PRIMARY KEY (employee_id, period)
);

CREATE TABLE adjustment (
    employee_id     integer NOT NULL,
    period          text NOT NULL,      -- the month it is of
    paid_in         text NOT NULL CHECK (paid_in > period),
    from_version    integer NOT NULL,   -- what had been settled before: the locked score, or that of the last adjustment
    to_version      integer NOT NULL CHECK (to_version > from_version),
    percent         integer NOT NULL,   -- hundredths of a percent; below zero is taken back
    amount          bigint,             -- sen; null = the month was locked without an amount
    digest          text NOT NULL,
    settled_at      timestamptz NOT NULL,
    settled_by      text NOT NULL,
    PRIMARY KEY (employee_id, period, paid_in),
    UNIQUE (employee_id, period, from_version),
    UNIQUE (employee_id, period, to_version),
    FOREIGN KEY (employee_id, period) REFERENCES locked_month,
    FOREIGN KEY (employee_id, paid_in) REFERENCES locked_month
);
CREATE INDEX adjustment_paid_in ON adjustment (paid_in, employee_id);

-- Locked months with a version after the one that was settled last: whatever is pending is of one of these.
CREATE TABLE late_month (
    employee_id     integer NOT NULL,
    period          text NOT NULL,
    PRIMARY KEY (employee_id, period),
    FOREIGN KEY (employee_id, period) REFERENCES locked_month
);

-- The work days that a locked or settled version rests on, as they were then; columns as in work_day.
CREATE TABLE kept_day (
    employee_id     integer NOT NULL,
    period          text NOT NULL,
    version         integer NOT NULL,
    day             date NOT NULL,
    shift           smallint NOT NULL,
    kind            text NOT NULL,
    name            text,
    expected_in     timestamp,
    expected_out    timestamp,
    first_in        timestamp,
    last_out        timestamp,
    minutes_late    integer NOT NULL,
    minutes_early   integer NOT NULL,
    absent          boolean NOT NULL,
    codes           text NOT NULL,
    deduction       integer,
    steps           json NOT NULL,
    law_id          integer NOT NULL,
    roster          text,
    PRIMARY KEY (employee_id, period, version, day, shift)
);

CREATE VIEW kept_judged_day AS
SELECT employee_id, period, version, day, shift, kind, name, expected_in, expected_out, first_in, last_out,
       minutes_late, minutes_early, absent, codes, deduction, steps, rulebook, facts_digest, roster,
       CASE WHEN roster IS NULL THEN hours
            ELSE jsonb_build_object('law', roster, 'article', '', 'in_force', day, 'in_force_known', 'day',
                                    'basis', 'regulation') END AS hours
FROM kept_day LEFT JOIN day_law ON day_law.id = law_id;

-- The versions that readers may be shown: of a locked month that one alone, else all; the newest of them is meant.
CREATE VIEW shown_score AS
SELECT score.* FROM score LEFT JOIN locked_month AS locked USING (employee_id, period)
WHERE locked.version IS NULL OR locked.version = score.version;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'A locked month never changes (%): what arrives later becomes an adjustment.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE FUNCTION refuse_change_of_locked_score() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept boolean;
BEGIN
    -- The schema is named because a dump is restored with none to look in.
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.locked_month AS one WHERE one.employee_id = $1 AND one.period = $2'
                   ' AND one.version = $3) OR EXISTS (SELECT FROM %1$I.adjustment AS one WHERE one.employee_id = $1'
                   ' AND one.period = $2 AND one.to_version = $3)', TG_TABLE_SCHEMA)
        INTO kept USING OLD.employee_id, OLD.period, OLD.version;
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (score): what arrives later becomes an adjustment.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION refuse_emptying_of_locked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.locked_month)', TG_TABLE_SCHEMA) INTO kept;
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (score): what arrives later becomes an adjustment.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

-- Days are kept before their month is locked, and before their adjustment is settled; afterwards none comes in.
CREATE FUNCTION refuse_late_kept_day() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    late boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM added JOIN %1$I.locked_month USING (employee_id, period, version))'
                   ' OR EXISTS (SELECT FROM added JOIN %1$I.adjustment AS one ON one.employee_id = added.employee_id'
                   ' AND one.period = added.period AND one.to_version = added.version)', TG_TABLE_SCHEMA) INTO late;
    IF late THEN
        RAISE EXCEPTION 'A locked month never changes (kept_day): no day is added to it.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

-- An adjustment goes on from where the last one of its month ended, so that nothing is paid twice or left out.
CREATE FUNCTION refuse_gap_in_adjustments() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled integer;
BEGIN
    EXECUTE format('SELECT coalesce((SELECT max(to_version) FROM %1$I.adjustment AS one WHERE one.employee_id = $1'
                   ' AND one.period = $2), (SELECT version FROM %1$I.locked_month AS one WHERE one.employee_id = $1'
                   ' AND one.period = $2))', TG_TABLE_SCHEMA)
        INTO settled USING NEW.employee_id, NEW.period;
    IF settled IS DISTINCT FROM NEW.from_version THEN
        RAISE EXCEPTION 'Version % is settled of this month, so that no adjustment begins at version %.',
            settled, NEW.from_version USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;

CREATE FUNCTION note_late_month() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('INSERT INTO %1$I.late_month SELECT DISTINCT employee_id, period FROM added'
                   ' JOIN %1$I.locked_month USING (employee_id, period) ON CONFLICT DO NOTHING', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;

CREATE FUNCTION refuse_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    settled boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.adjustment AS one WHERE one.employee_id = $1 AND one.period = $2'
                   ' AND one.to_version = (SELECT max(version) FROM %1$I.score WHERE score.employee_id = $1'
                   ' AND score.period = $2))', TG_TABLE_SCHEMA)
        INTO settled USING OLD.employee_id, OLD.period;
    IF TG_OP = 'DELETE' AND settled THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'The newest version of this month is not settled yet (late_month).'
        USING ERRCODE = 'integrity_constraint_violation';
END
$$;

CREATE TRIGGER stays_locked BEFORE UPDATE OR DELETE ON score
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_locked_score();
CREATE TRIGGER stays_locked BEFORE UPDATE OR DELETE ON locked_month
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stays_locked BEFORE UPDATE OR DELETE ON adjustment
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stays_locked BEFORE UPDATE OR DELETE ON kept_day
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON locked_month
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON adjustment
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON kept_day
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON score
FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_of_locked();
CREATE TRIGGER is_complete AFTER INSERT ON kept_day REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION refuse_late_kept_day();
CREATE TRIGGER follows_the_last BEFORE INSERT ON adjustment
FOR EACH ROW EXECUTE FUNCTION refuse_gap_in_adjustments();
CREATE TRIGGER comes_late AFTER INSERT ON score REFERENCING NEW TABLE AS added
FOR EACH STATEMENT EXECUTE FUNCTION note_late_month();
CREATE TRIGGER stays_until_settled BEFORE UPDATE OR DELETE ON late_month
FOR EACH ROW EXECUTE FUNCTION refuse_forgetting();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON late_month
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
