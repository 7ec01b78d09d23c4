-- What is wrong with a rejected record, without what differs from record to record, so that a hundred thousand of them
-- are counted by a few sentences and found newest first without reading all.

ALTER TABLE rejected ADD COLUMN cause text NOT NULL GENERATED ALWAYS AS (left(
    regexp_replace(
        regexp_replace(
            regexp_replace(reason, '^line [0-9]+: ', ''),
            '^pin .+ (is empty|is not 1 to|begins with)', U&'pin \2026 \\1'),
        '(?<!table )''[^'']*''|"[^"]*"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+', U&'\2026', 'g'),
    200)) STORED;   -- an index takes no text of any length

CREATE INDEX rejected_newest ON rejected (last_seen, sha256);
CREATE INDEX rejected_cause ON rejected (cause, last_seen);
CREATE INDEX rejected_open ON rejected (terminal) WHERE resolved_at IS NULL;    -- also asked with each accepted batch
