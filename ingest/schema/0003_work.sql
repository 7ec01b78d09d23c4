-- What employees promise and deliver. Amounts are whole hundredths: 2.5 is 250 (design: never float for law).

CREATE TABLE target (
    employee_id integer NOT NULL REFERENCES employee,
    period      text NOT NULL CHECK (period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    points      bigint NOT NULL CHECK (points > 0),     -- hundredths of a point
    PRIMARY KEY (employee_id, period)
);

CREATE TABLE activity (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    employee_id integer NOT NULL REFERENCES employee,
    reference   text NOT NULL,          -- the importing system's own number, so that importing again changes nothing
    day         date NOT NULL,
    title       text NOT NULL,
    volume      bigint NOT NULL CHECK (volume >= 0),    -- hundredths
    weight      bigint NOT NULL CHECK (weight >= 0),    -- bobot, hundredths; points = volume x weight
    status      text NOT NULL CHECK (status IN ('submitted', 'verified', 'returned')),
    UNIQUE (employee_id, reference)
);
CREATE INDEX activity_day ON activity (employee_id, day);
