-- Ratings that their rater sent himself: what others bring of the same leaves them as they are, and is not told so.

CREATE TABLE own_rating (
    employee_id integer NOT NULL REFERENCES employee,
    rater_id    integer NOT NULL REFERENCES employee,
    period      text NOT NULL,
    PRIMARY KEY (employee_id, period, rater_id)
);
