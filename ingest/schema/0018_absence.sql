-- Letters that allow an absence, and the grades that meal money goes by.

CREATE TABLE absence (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employee_id     integer NOT NULL REFERENCES employee,
    document        text NOT NULL,      -- number of the letter
    kind            text NOT NULL,      -- a name in config/absence_kinds.toml
    first_day       date NOT NULL,
    last_day        date NOT NULL,      -- included
    child           smallint CHECK (child > 0),     -- maternity: which child
    document_date   date,
    withdrawn       boolean NOT NULL,   -- the letter counts no longer; it stays to be seen
    entered_by      text NOT NULL DEFAULT '',       -- account:NAME, key:NAME, command:OS USER
    entered_at      timestamptz NOT NULL DEFAULT now(),
    CHECK (last_day >= first_day),
    UNIQUE (employee_id, document, kind, first_day)
);
CREATE INDEX absence_days ON absence (first_day, last_day);

CREATE TABLE employee_grade (
    employee_id     integer NOT NULL REFERENCES employee,
    valid_from      date NOT NULL,
    grade           smallint NOT NULL CHECK (grade BETWEEN 1 AND 4),    -- golongan I to IV
    PRIMARY KEY (employee_id, valid_from)
);
