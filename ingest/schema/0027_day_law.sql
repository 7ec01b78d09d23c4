-- What decides about a day is the same for everybody of its rulebook and clock: it stands here once and not with each of
-- their work days, which take a third of the room without it.

CREATE TABLE day_law (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    facts_digest    text NOT NULL UNIQUE,   -- of rulebook, calendar, clock and everything else a day was computed by
    rulebook        text NOT NULL,
    hours           jsonb NOT NULL          -- law, article, in_force, in_force_known, basis of the hours or the free day
);

ALTER TABLE work_day ADD COLUMN law_id integer; -- of day_law
ALTER TABLE work_day ADD COLUMN roster text;    -- which roster or week set the hours; null = the calendar
INSERT INTO day_law (facts_digest, rulebook, hours)
SELECT DISTINCT ON (facts_digest) facts_digest, rulebook, hours FROM work_day
ORDER BY facts_digest, coalesce(hours ->> 'law', '') ~ '^(roster|week) of ';
-- Where only rosters are known by it, its own hours are not: they come with the first day that goes by the calendar.
UPDATE work_day SET law_id = day_law.id, roster = CASE WHEN work_day.hours ->> 'law' ~ '^(roster|week) of '
                                                       THEN work_day.hours ->> 'law' END
FROM day_law WHERE day_law.facts_digest = work_day.facts_digest;
ALTER TABLE work_day ALTER COLUMN law_id SET NOT NULL;
ALTER TABLE work_day DROP COLUMN hours;
ALTER TABLE work_day DROP COLUMN rulebook;
ALTER TABLE work_day DROP COLUMN facts_digest;
-- The very text that was computed: what is stored and what is computed again are compared by it, and by its digest.
ALTER TABLE work_day ALTER COLUMN steps TYPE json USING steps::json;
ALTER TABLE score ALTER COLUMN steps TYPE json USING steps::json;   -- written in less than half of the time

-- Work days with what decided about them.
CREATE VIEW judged_day AS
SELECT employee_id, day, shift, kind, name, expected_in, expected_out, first_in, last_out, minutes_late, minutes_early,
       absent, codes, deduction, steps, rulebook, facts_digest, roster,
       CASE WHEN roster IS NULL THEN hours
            ELSE jsonb_build_object('law', roster, 'article', '', 'in_force', day, 'in_force_known', 'day',
                                    'basis', 'regulation') END AS hours
FROM work_day LEFT JOIN day_law ON day_law.id = law_id;

ALTER TABLE scored_month ADD COLUMN days_digest text;   -- of the stored work days; null = not known, compare each
