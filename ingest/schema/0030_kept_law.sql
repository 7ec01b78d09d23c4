-- The days of a locked month name the law that decided about them: what it said stays as it was, too.

-- Only where all of them go by rosters may its own hours still become known: they show none of it.
CREATE FUNCTION refuse_change_of_kept_law() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept boolean;
    by_roster boolean := TG_OP = 'UPDATE' AND (NEW.id, NEW.facts_digest, NEW.rulebook) = (OLD.id, OLD.facts_digest, OLD.rulebook);
BEGIN
    -- The schema is named because a dump is restored with none to look in.
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.kept_day WHERE law_id = $1 AND NOT ($2 AND roster IS NOT NULL))',
                   TG_TABLE_SCHEMA)
        INTO kept USING OLD.id, by_roster;
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (day_law): its days name this law.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END
$$;

CREATE FUNCTION refuse_emptying_of_kept_laws() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    kept boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.kept_day)', TG_TABLE_SCHEMA) INTO kept;
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (day_law): its days name these laws.'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER stays_kept BEFORE UPDATE OR DELETE ON day_law
FOR EACH ROW EXECUTE FUNCTION refuse_change_of_kept_law();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON day_law
FOR EACH STATEMENT EXECUTE FUNCTION refuse_emptying_of_kept_laws();
