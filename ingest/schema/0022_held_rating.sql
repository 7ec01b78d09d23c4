-- Ratings that would tell what one person said if they counted now: they wait until three of their role have come.

CREATE TABLE held_rating (
    employee_id integer NOT NULL REFERENCES employee,
    rater_id    integer NOT NULL REFERENCES employee,
    period      text NOT NULL CHECK (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'),
    role        text NOT NULL CHECK (role IN ('superior', 'peer', 'subordinate')),
    value       bigint NOT NULL CHECK (value BETWEEN 0 AND 12000),
    PRIMARY KEY (employee_id, period, rater_id),
    CHECK (employee_id <> rater_id)
);
