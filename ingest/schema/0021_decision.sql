-- What scores were used for, and what a unit's plan comes from: evidence of how far e-performance is used.

CREATE TABLE decision (
    employee_id integer NOT NULL REFERENCES employee,
    period      text NOT NULL CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'),   -- of the score it rests on
    kind        text NOT NULL CHECK (kind IN ('payment', 'reward', 'sanction', 'promotion', 'development')),
    document    text NOT NULL,          -- number of the decree or letter
    decided_on  date NOT NULL,
    withdrawn   boolean NOT NULL,       -- counts no longer; it stays to be seen
    PRIMARY KEY (employee_id, period, kind, document)
);

-- The goal of the strategic plan (Renstra) or the duty by the organisation's structure (SOTK) that an item comes from.
ALTER TABLE plan_item ADD COLUMN mandate text;
