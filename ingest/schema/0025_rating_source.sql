-- What a rater sent himself stands beside what others bring of him, and is no longer in its way: only one of the two
-- counts in a mean, so that nobody who brought some of its ratings can reckon the rest.

ALTER TABLE rating ADD COLUMN own boolean NOT NULL DEFAULT false;           -- its rater sent it himself
ALTER TABLE held_rating ADD COLUMN own boolean NOT NULL DEFAULT false;
UPDATE rating SET own = true FROM own_rating AS sent
WHERE rating.employee_id = sent.employee_id AND rating.period = sent.period AND rating.rater_id = sent.rater_id;
UPDATE held_rating SET own = true FROM own_rating AS sent
WHERE held_rating.employee_id = sent.employee_id AND held_rating.period = sent.period
    AND held_rating.rater_id = sent.rater_id;
ALTER TABLE rating ALTER COLUMN own DROP DEFAULT, DROP CONSTRAINT rating_pkey;
ALTER TABLE rating ADD PRIMARY KEY (employee_id, period, rater_id, own);
ALTER TABLE held_rating ALTER COLUMN own DROP DEFAULT, DROP CONSTRAINT held_rating_pkey;
ALTER TABLE held_rating ADD PRIMARY KEY (employee_id, period, rater_id, own);
DROP TABLE own_rating;
