-- Results. Percentages are whole hundredths of a percent: 1.25 % is 125.

CREATE TABLE work_day (
    employee_id     integer NOT NULL REFERENCES employee,
    day             date NOT NULL,
    kind            text NOT NULL,      -- work, weekend, holiday, joint_leave
    name            text,               -- of the holiday
    expected_in     timestamp,          -- local time of the employee's unit; null when no work is expected
    expected_out    timestamp,
    first_in        timestamp,          -- local time of the employee's unit; null = no such scan
    last_out        timestamp,
    minutes_late    integer NOT NULL,
    minutes_early   integer NOT NULL,
    absent          boolean NOT NULL,
    codes           text NOT NULL,      -- TL1, PSW2, TK ..., blank-separated; empty = nothing to deduct
    deduction       integer,            -- null = a needed rate is missing; nothing is paid on a guess
    steps           jsonb NOT NULL,     -- list of scoring.steps.Step
    hours           jsonb NOT NULL,     -- law, article, in_force, in_force_known, basis of the hours or the free day
    rulebook        text NOT NULL,
    facts_digest    text NOT NULL,      -- of rulebook, calendar and everything the day was computed from
    PRIMARY KEY (employee_id, day)
);

CREATE TABLE score (
    employee_id     integer NOT NULL REFERENCES employee,
    period          text NOT NULL,
    version         integer NOT NULL,   -- 1, 2, ...: a re-score with other facts is a new row, the old one stays
    rulebook        text NOT NULL,
    rulebook_digest text NOT NULL,
    basis           text NOT NULL CHECK (basis IN ('regulation', 'assumption')),
    deduction       integer,            -- after the monthly cap
    attendance      integer,
    output          integer,            -- null = the rulebook has no output section
    total           integer,
    payable         integer,            -- null = a needed rate is missing
    steps           jsonb NOT NULL,     -- list of scoring.steps.Step of the whole period
    last_day        date NOT NULL,      -- the last day it rests on: later ones were not judged
    digest          text NOT NULL,      -- of everything above and of the work days; equal digest = equal score
    scored_at       timestamptz NOT NULL,
    PRIMARY KEY (employee_id, period, version)
);
CREATE INDEX score_period ON score (period, employee_id);
