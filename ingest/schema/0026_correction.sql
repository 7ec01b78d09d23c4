-- What HR decided about a scan of a day, with its letter. No punch is changed by it.

CREATE TABLE correction (
    employee_id integer NOT NULL REFERENCES employee,
    day         date NOT NULL,              -- of the duty, however long it lasts
    shift       smallint NOT NULL CHECK (shift > 0),        -- 1 = the first or only one of the day
    side        text NOT NULL CHECK (side IN ('in', 'out')),
    document    text NOT NULL,              -- number of the letter
    minute      integer NOT NULL CHECK (minute BETWEEN 0 AND 1439), -- by the clock of the employee's unit
    reason      text NOT NULL,              -- a name in config/correction_reasons.toml
    withdrawn   boolean NOT NULL,           -- counts no longer; it stays to be seen
    entered_by  text NOT NULL DEFAULT '',   -- account:NAME, key:NAME, command:OS USER
    entered_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (employee_id, day, shift, side, document)
);
