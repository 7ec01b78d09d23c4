-- What the last run over all units of a month found. While that stands, only who is marked or waits can have another
-- score, and nobody else has to be read. Never needed: without its row the next run reads everybody.

CREATE TABLE whole_run (
    period       text PRIMARY KEY,
    by           xid8 NOT NULL DEFAULT pg_current_xact_id(),    -- not the row's xmin: it was restored from a dump
    seen         pg_snapshot NOT NULL,  -- taken before the members were read
    found        text NOT NULL,         -- digest of law, calendar and the days that were over
    employees    integer NOT NULL,      -- of whom some day was over
    who          integer[] NOT NULL,    -- everybody in scope
    other_spans  integer[] NOT NULL,    -- those for whom other days count than the calendar's, and which
    counted_from date[] NOT NULL,
    counted_to   date[] NOT NULL
);

-- Transactions that changed whose days are judged by what. One that a run had not seen when it took its snapshot, ends
-- what that run found. Rows are only added, so that nobody waits for another; a run over all removes what all have seen.
CREATE TABLE member_change (
    by  xid8 NOT NULL DEFAULT pg_current_xact_id()
);

-- Once in a transaction: the setting ends with it, and is taken back with the row by a savepoint.
CREATE FUNCTION note_member_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tepat.member_change', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        EXECUTE format('INSERT INTO %I.member_change DEFAULT VALUES', TG_TABLE_SCHEMA);  -- where a dump is restored too
        PERFORM set_config('tepat.member_change', pg_current_xact_id()::text, true);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER changes_members AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON membership
FOR EACH STATEMENT EXECUTE FUNCTION note_member_change();
CREATE TRIGGER changes_members AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON enrolment
FOR EACH STATEMENT EXECUTE FUNCTION note_member_change();
CREATE TRIGGER changes_members AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON unit
FOR EACH STATEMENT EXECUTE FUNCTION note_member_change();
-- Whoever deletes these by hand wants everything reckoned anew.
CREATE TRIGGER changes_members AFTER DELETE OR TRUNCATE ON scored_month
FOR EACH STATEMENT EXECUTE FUNCTION note_member_change();
