-- Days that are not judged yet: a terminal may still hold punches of them (synced until before they end).

CREATE TABLE waiting_day (
    employee_id integer NOT NULL REFERENCES employee,
    day         date NOT NULL,
    terminal_id integer NOT NULL REFERENCES terminal,   -- waited for, one row each
    until       timestamptz NOT NULL,   -- no longer once the terminal is synced until then
    overruled   boolean NOT NULL,       -- judged all the same: tepat score --without-waiting
    PRIMARY KEY (employee_id, day, terminal_id)
);
CREATE INDEX waiting_day_terminal ON waiting_day (terminal_id, until);

-- Terminals that were read before this step: a good reading brought everything; a file, what is in it.
UPDATE terminal_health AS h
SET seen_at = h.read_at,
    synced_until = CASE t.kind WHEN 'attlog' THEN h.record_at AT TIME ZONE t.time_zone ELSE h.read_at END
FROM terminal AS t WHERE t.id = h.terminal_id;
