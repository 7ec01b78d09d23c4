-- The days that a score is counted over where they are not those of the calendar's period: a body may count its months
-- from the 16th of the month before to the 15th.

ALTER TABLE score ADD COLUMN counted_from date;     -- null = the period's own first day
ALTER TABLE score ADD COLUMN counted_to date;       -- included; null = the period's own last day
ALTER TABLE score ADD CHECK ((counted_from IS NULL) = (counted_to IS NULL));
