    END IF;
    END IF;
    END IF;
    END IF;
    END IF;
    END IF;
    END IF;
    END IF;
    IF TG_OP = 'DELETE' AND settled THEN
        RETURN OLD;
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (day_law): its days name these laws.'
            USING ERRCODE = 'integrity_constraint_violation';
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (day_law): its days name this law.'
            USING ERRCODE = 'integrity_constraint_violation';
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (score): what arrives later becomes an adjustment.'
            USING ERRCODE = 'integrity_constraint_violation';
    IF kept THEN
        RAISE EXCEPTION 'A locked month never changes (score): what arrives later becomes an adjustment.'
            USING ERRCODE = 'integrity_constraint_violation';
    IF late THEN
        RAISE EXCEPTION 'A locked month never changes (kept_day): no day is added to it.'
            USING ERRCODE = 'integrity_constraint_violation';
    IF settled IS DISTINCT FROM NEW.from_version THEN
        RAISE EXCEPTION 'Version % is settled of this month, so that no adjustment begins at version %.',
            settled, NEW.from_version USING ERRCODE = 'integrity_constraint_violation';
    RAISE EXCEPTION 'The newest version of this month is not settled yet (late_month).'
        USING ERRCODE = 'integrity_constraint_violation';
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    RETURN NEW;
    RETURN NULL;
    RETURN NULL;
    RETURN NULL;
    RETURN NULL;
    RETURN NULL;
    by_roster boolean := TG_OP = 'UPDATE' AND (NEW.id, NEW.facts_digest, NEW.rulebook) = (OLD.id, OLD.facts_digest, OLD.rulebook);
ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_employee_id_document_kind_first_day_key UNIQUE (employee_id, document, kind, first_day);
ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.absence
    ADD CONSTRAINT absence_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_name_key UNIQUE (name);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_catalogue_code_fkey FOREIGN KEY (catalogue_code) REFERENCES public.catalogue(code);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_decided_by_fkey FOREIGN KEY (decided_by) REFERENCES public.employee(id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_employee_id_reference_key UNIQUE (employee_id, reference);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.activity
    ADD CONSTRAINT activity_plan_item_id_fkey FOREIGN KEY (plan_item_id) REFERENCES public.plan_item(id);
ALTER TABLE ONLY public.activity_deadline
    ADD CONSTRAINT activity_deadline_pkey PRIMARY KEY (unit_id, valid_from);
ALTER TABLE ONLY public.activity_deadline
    ADD CONSTRAINT activity_deadline_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_employee_id_paid_in_fkey FOREIGN KEY (employee_id, paid_in) REFERENCES public.locked_month(employee_id, period);
ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_employee_id_period_fkey FOREIGN KEY (employee_id, period) REFERENCES public.locked_month(employee_id, period);
ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_employee_id_period_from_version_key UNIQUE (employee_id, period, from_version);
ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_employee_id_period_to_version_key UNIQUE (employee_id, period, to_version);
ALTER TABLE ONLY public.adjustment
    ADD CONSTRAINT adjustment_pkey PRIMARY KEY (employee_id, period, paid_in);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_name_key UNIQUE (name);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_prefix_key UNIQUE (prefix);
ALTER TABLE ONLY public.api_key
    ADD CONSTRAINT api_key_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.assembly
    ADD CONSTRAINT assembly_pkey PRIMARY KEY (unit_id, day, name);
ALTER TABLE ONLY public.assembly
    ADD CONSTRAINT assembly_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.assembly_list
    ADD CONSTRAINT assembly_list_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.assembly_list
    ADD CONSTRAINT assembly_list_pkey PRIMARY KEY (unit_id, day, name, employee_id);
ALTER TABLE ONLY public.assembly_list
    ADD CONSTRAINT assembly_list_unit_id_day_name_fkey FOREIGN KEY (unit_id, day, name) REFERENCES public.assembly(unit_id, day, name);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.broker_drop
    ADD CONSTRAINT broker_drop_key PRIMARY KEY (broker, noticed_at);
ALTER TABLE ONLY public.broker_health
    ADD CONSTRAINT broker_health_pkey PRIMARY KEY (broker);
ALTER TABLE ONLY public.catalogue
    ADD CONSTRAINT catalogue_pkey PRIMARY KEY (code);
ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.correction
    ADD CONSTRAINT correction_pkey PRIMARY KEY (employee_id, day, shift, side, document);
ALTER TABLE ONLY public.day_law
    ADD CONSTRAINT day_law_facts_digest_key UNIQUE (facts_digest);
ALTER TABLE ONLY public.day_law
    ADD CONSTRAINT day_law_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.day_to_score
    ADD CONSTRAINT day_to_score_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.decision
    ADD CONSTRAINT decision_pkey PRIMARY KEY (employee_id, period, kind, document);
ALTER TABLE ONLY public.employee
    ADD CONSTRAINT employee_nip_key UNIQUE (nip);
ALTER TABLE ONLY public.employee
    ADD CONSTRAINT employee_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.employee
    ADD CONSTRAINT employee_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.employee_class
    ADD CONSTRAINT employee_class_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.employee_class
    ADD CONSTRAINT employee_class_pkey PRIMARY KEY (employee_id, valid_from);
ALTER TABLE ONLY public.employee_grade
    ADD CONSTRAINT employee_grade_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.employee_grade
    ADD CONSTRAINT employee_grade_pkey PRIMARY KEY (employee_id, valid_from);
ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT enrolment_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT enrolment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT enrolment_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES public.terminal(id);
ALTER TABLE ONLY public.enrolment
    ADD CONSTRAINT enrolment_terminal_id_pin_valid_from_key UNIQUE (terminal_id, pin, valid_from);
ALTER TABLE ONLY public.evaluation
    ADD CONSTRAINT evaluation_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.evaluation
    ADD CONSTRAINT evaluation_pkey PRIMARY KEY (employee_id, period);
ALTER TABLE ONLY public.held_rating
    ADD CONSTRAINT held_rating_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.held_rating
    ADD CONSTRAINT held_rating_pkey PRIMARY KEY (employee_id, period, rater_id, own);
ALTER TABLE ONLY public.held_rating
    ADD CONSTRAINT held_rating_rater_id_fkey FOREIGN KEY (rater_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.kept_day
    ADD CONSTRAINT kept_day_pkey PRIMARY KEY (employee_id, period, version, day, shift);
ALTER TABLE ONLY public.late_month
    ADD CONSTRAINT late_month_employee_id_period_fkey FOREIGN KEY (employee_id, period) REFERENCES public.locked_month(employee_id, period);
ALTER TABLE ONLY public.late_month
    ADD CONSTRAINT late_month_pkey PRIMARY KEY (employee_id, period);
ALTER TABLE ONLY public.locked_month
    ADD CONSTRAINT locked_month_pkey PRIMARY KEY (employee_id, period);
ALTER TABLE ONLY public.login_session
    ADD CONSTRAINT login_session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.login_session
    ADD CONSTRAINT login_session_pkey PRIMARY KEY (token_sha256);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (employee_id, valid_from);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.mqtt_receipt
    ADD CONSTRAINT mqtt_receipt_pkey PRIMARY KEY (client_id, packet);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT plan_item_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT plan_item_employee_id_unit_id_year_reference_key UNIQUE NULLS NOT DISTINCT (employee_id, unit_id, year, reference);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT plan_item_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT plan_item_serves_fkey FOREIGN KEY (serves) REFERENCES public.plan_item(id);
ALTER TABLE ONLY public.plan_item
    ADD CONSTRAINT plan_item_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.plan_month
    ADD CONSTRAINT plan_month_pkey PRIMARY KEY (plan_item_id, period);
ALTER TABLE ONLY public.plan_month
    ADD CONSTRAINT plan_month_plan_item_id_fkey FOREIGN KEY (plan_item_id) REFERENCES public.plan_item(id);
ALTER TABLE ONLY public.punch
    ADD CONSTRAINT punch_key PRIMARY KEY (terminal_id, local_time, pin, state);
ALTER TABLE ONLY public.punch_mark
    ADD CONSTRAINT punch_mark_key PRIMARY KEY (terminal_id, local_time, pin, state, mark);
ALTER TABLE ONLY public.punch_variant
    ADD CONSTRAINT punch_variant_key UNIQUE NULLS NOT DISTINCT (terminal_id, local_time, pin, state, verify, work_code, source, sha256);
ALTER TABLE ONLY public.push_order
    ADD CONSTRAINT push_order_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.push_order
    ADD CONSTRAINT push_order_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES public.terminal(id);
ALTER TABLE ONLY public.push_terminal
    ADD CONSTRAINT push_terminal_pkey PRIMARY KEY (serial_number);
ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_pkey PRIMARY KEY (employee_id, period, rater_id, own);
ALTER TABLE ONLY public.rating
    ADD CONSTRAINT rating_rater_id_fkey FOREIGN KEY (rater_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.rejected
    ADD CONSTRAINT rejected_pkey PRIMARY KEY (terminal, sha256);
ALTER TABLE ONLY public.roster
    ADD CONSTRAINT roster_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.roster
    ADD CONSTRAINT roster_pkey PRIMARY KEY (employee_id, day);
ALTER TABLE ONLY public.score
    ADD CONSTRAINT score_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.score
    ADD CONSTRAINT score_pkey PRIMARY KEY (employee_id, period, version);
ALTER TABLE ONLY public.scored_month
    ADD CONSTRAINT scored_month_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.scored_month
    ADD CONSTRAINT scored_month_pkey PRIMARY KEY (period, employee_id);
ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_code_key UNIQUE (code);
ALTER TABLE ONLY public.shift
    ADD CONSTRAINT shift_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.target
    ADD CONSTRAINT target_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.target
    ADD CONSTRAINT target_pkey PRIMARY KEY (employee_id, period);
ALTER TABLE ONLY public.temporary_exit
    ADD CONSTRAINT temporary_exit_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.temporary_exit
    ADD CONSTRAINT temporary_exit_pkey PRIMARY KEY (employee_id, left_at);
ALTER TABLE ONLY public.terminal
    ADD CONSTRAINT terminal_name_key UNIQUE (name);
ALTER TABLE ONLY public.terminal
    ADD CONSTRAINT terminal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.terminal_health
    ADD CONSTRAINT terminal_health_pkey PRIMARY KEY (terminal_id);
ALTER TABLE ONLY public.terminal_health
    ADD CONSTRAINT terminal_health_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES public.terminal(id);
ALTER TABLE ONLY public.terminal_log
    ADD CONSTRAINT terminal_log_pkey PRIMARY KEY (terminal_id);
ALTER TABLE ONLY public.terminal_log
    ADD CONSTRAINT terminal_log_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES public.terminal(id);
ALTER TABLE ONLY public.terminal_reading
    ADD CONSTRAINT terminal_reading_key PRIMARY KEY (terminal_id, at);
ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_code_key UNIQUE (code);
ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.unit_head
    ADD CONSTRAINT unit_head_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.unit_head
    ADD CONSTRAINT unit_head_pkey PRIMARY KEY (unit_id, valid_from);
ALTER TABLE ONLY public.unit_head
    ADD CONSTRAINT unit_head_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.unit_predicate
    ADD CONSTRAINT unit_predicate_pkey PRIMARY KEY (unit_id, period);
ALTER TABLE ONLY public.unit_predicate
    ADD CONSTRAINT unit_predicate_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.unit_roster
    ADD CONSTRAINT unit_roster_pkey PRIMARY KEY (unit_id, day);
ALTER TABLE ONLY public.unit_roster
    ADD CONSTRAINT unit_roster_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.unit_week
    ADD CONSTRAINT unit_week_pkey PRIMARY KEY (unit_id, valid_from, weekday);
ALTER TABLE ONLY public.unit_week
    ADD CONSTRAINT unit_week_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(id);
ALTER TABLE ONLY public.waiting_day
    ADD CONSTRAINT waiting_day_employee_id_fkey FOREIGN KEY (employee_id) REFERENCES public.employee(id);
ALTER TABLE ONLY public.waiting_day
    ADD CONSTRAINT waiting_day_pkey PRIMARY KEY (employee_id, day, terminal_id);
ALTER TABLE ONLY public.waiting_day
    ADD CONSTRAINT waiting_day_terminal_id_fkey FOREIGN KEY (terminal_id) REFERENCES public.terminal(id);
ALTER TABLE ONLY public.whole_run
    ADD CONSTRAINT whole_run_pkey PRIMARY KEY (period);
ALTER TABLE ONLY public.work_day
    ADD CONSTRAINT work_day_pkey PRIMARY KEY (employee_id, day, shift);
ALTER TABLE public.absence ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.absence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.account ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.activity ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.activity_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.api_key ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.audit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.day_law ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.day_law_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.day_to_score ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.day_to_score_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.employee ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.employee_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.enrolment ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.enrolment_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.plan_item ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.plan_item_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.push_order ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.push_order_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.shift ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.shift_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.terminal ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.terminal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.unit ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
BEGIN
    -- The schema is named because a dump is restored with none to look in.
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.locked_month AS one WHERE one.employee_id = $1 AND one.period = $2'
                   ' AND one.version = $3) OR EXISTS (SELECT FROM %1$I.adjustment AS one WHERE one.employee_id = $1'
                   ' AND one.period = $2 AND one.to_version = $3)', TG_TABLE_SCHEMA)
        INTO kept USING OLD.employee_id, OLD.period, OLD.version;
BEGIN
    -- The schema is named because a dump is restored with none to look in.
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.kept_day WHERE law_id = $1 AND NOT ($2 AND roster IS NOT NULL))',
                   TG_TABLE_SCHEMA)
        INTO kept USING OLD.id, by_roster;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %1$I.adjustment AS one WHERE one.employee_id = $1 AND one.period = $2'
                   ' AND one.to_version = (SELECT max(version) FROM %1$I.score WHERE score.employee_id = $1'
                   ' AND score.period = $2))', TG_TABLE_SCHEMA)
        INTO settled USING OLD.employee_id, OLD.period;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.kept_day)', TG_TABLE_SCHEMA) INTO kept;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM %I.locked_month)', TG_TABLE_SCHEMA) INTO kept;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT FROM added JOIN %1$I.locked_month USING (employee_id, period, version))'
                   ' OR EXISTS (SELECT FROM added JOIN %1$I.adjustment AS one ON one.employee_id = added.employee_id'
                   ' AND one.period = added.period AND one.to_version = added.version)', TG_TABLE_SCHEMA) INTO late;
BEGIN
    EXECUTE format('SELECT coalesce((SELECT max(to_version) FROM %1$I.adjustment AS one WHERE one.employee_id = $1'
                   ' AND one.period = $2), (SELECT version FROM %1$I.locked_month AS one WHERE one.employee_id = $1'
                   ' AND one.period = $2))', TG_TABLE_SCHEMA)
        INTO settled USING NEW.employee_id, NEW.period;
CREATE FUNCTION public.note_late_month() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
BEGIN
    EXECUTE format('INSERT INTO %1$I.late_month SELECT DISTINCT employee_id, period FROM added'
                   ' JOIN %1$I.locked_month USING (employee_id, period) ON CONFLICT DO NOTHING', TG_TABLE_SCHEMA);
CREATE FUNCTION public.note_member_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF current_setting('tepat.member_change', true) IS DISTINCT FROM pg_current_xact_id()::text THEN
        EXECUTE format('INSERT INTO %I.member_change DEFAULT VALUES', TG_TABLE_SCHEMA);  -- where a dump is restored too
        PERFORM set_config('tepat.member_change', pg_current_xact_id()::text, true);
CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'A locked month never changes (%): what arrives later becomes an adjustment.', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
CREATE FUNCTION public.refuse_change_of_kept_law() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    kept boolean;
CREATE FUNCTION public.refuse_change_of_locked_score() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    kept boolean;
CREATE FUNCTION public.refuse_emptying_of_kept_laws() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    kept boolean;
CREATE FUNCTION public.refuse_emptying_of_locked() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    kept boolean;
CREATE FUNCTION public.refuse_forgetting() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    settled boolean;
CREATE FUNCTION public.refuse_gap_in_adjustments() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    settled integer;
CREATE FUNCTION public.refuse_late_kept_day() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    late boolean;
CREATE INDEX absence_days ON public.absence USING btree (first_day, last_day);
CREATE INDEX activity_day ON public.activity USING btree (employee_id, day);
CREATE INDEX activity_plan_item ON public.activity USING btree (plan_item_id);
CREATE INDEX adjustment_paid_in ON public.adjustment USING btree (paid_in, employee_id);
CREATE INDEX audit_at ON public.audit USING btree (at);
CREATE INDEX employee_unit ON public.employee USING btree (unit_id);
CREATE INDEX enrolment_employee ON public.enrolment USING btree (employee_id);
CREATE INDEX membership_unit ON public.membership USING btree (unit_id);
CREATE INDEX plan_item_serves ON public.plan_item USING btree (serves);
CREATE INDEX push_order_terminal ON public.push_order USING btree (terminal_id, asked_at);
CREATE INDEX rejected_cause ON public.rejected USING btree (cause, last_seen);
CREATE INDEX rejected_newest ON public.rejected USING btree (last_seen, sha256);
CREATE INDEX rejected_open ON public.rejected USING btree (terminal) WHERE (resolved_at IS NULL);
CREATE INDEX score_period ON public.score USING btree (period, employee_id);
CREATE INDEX waiting_day_terminal ON public.waiting_day USING btree (terminal_id, until);
CREATE TABLE public.absence (
    id bigint NOT NULL,
    employee_id integer NOT NULL,
    document text NOT NULL,
    kind text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    child smallint,
    document_date date,
    withdrawn boolean NOT NULL,
    entered_by text DEFAULT ''::text NOT NULL,
    entered_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT absence_check CHECK ((last_day >= first_day)),
    CONSTRAINT absence_child_check CHECK ((child > 0))
);
CREATE TABLE public.account (
    id integer NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL,
    unit_id integer,
    created_at timestamp with time zone NOT NULL,
    disabled_at timestamp with time zone,
    employee_id integer,
    CONSTRAINT account_employee_check CHECK (((role = 'employee'::text) = (employee_id IS NOT NULL))),
    CONSTRAINT account_role_check CHECK ((role = ANY (ARRAY['hr'::text, 'allowance'::text, 'employee'::text])))
);
CREATE TABLE public.activity (
    id bigint NOT NULL,
    employee_id integer NOT NULL,
    reference text NOT NULL,
    day date NOT NULL,
    title text NOT NULL,
    volume bigint NOT NULL,
    weight bigint NOT NULL,
    status text NOT NULL,
    kind text DEFAULT 'main'::text NOT NULL,
    catalogue_code text,
    plan_item_id bigint,
    evidence text,
    quality smallint,
    submitted_on date,
    decided_on date,
    decided_by integer,
    reason text,
    CONSTRAINT activity_kind_check CHECK ((kind = ANY (ARRAY['main'::text, 'additional'::text, 'other'::text]))),
    CONSTRAINT activity_quality_check CHECK (((quality >= 0) AND (quality <= 100))),
    CONSTRAINT activity_status_check CHECK ((status = ANY (ARRAY['submitted'::text, 'verified'::text, 'returned'::text]))),
    CONSTRAINT activity_volume_check CHECK ((volume >= 0)),
    CONSTRAINT activity_weight_check CHECK ((weight >= 0))
);
CREATE TABLE public.activity_deadline (
    unit_id integer NOT NULL,
    valid_from date NOT NULL,
    submit_days smallint,
    decide_days smallint,
    CONSTRAINT activity_deadline_decide_days_check CHECK ((decide_days >= 0)),
    CONSTRAINT activity_deadline_submit_days_check CHECK ((submit_days >= 0))
);
CREATE TABLE public.adjustment (
    employee_id integer NOT NULL,
    period text NOT NULL,
    paid_in text NOT NULL,
    from_version integer NOT NULL,
    to_version integer NOT NULL,
    percent integer NOT NULL,
    amount bigint,
    digest text NOT NULL,
    settled_at timestamp with time zone NOT NULL,
    settled_by text NOT NULL,
    CONSTRAINT adjustment_check CHECK ((paid_in > period)),
    CONSTRAINT adjustment_check1 CHECK ((to_version > from_version))
);
CREATE TABLE public.api_key (
    id integer NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    secret_sha256 bytea NOT NULL,
    role text NOT NULL,
    unit_id integer,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    employee_id integer,
    CONSTRAINT api_key_employee_check CHECK (((role = 'employee'::text) = (employee_id IS NOT NULL))),
    CONSTRAINT api_key_role_check CHECK ((role = ANY (ARRAY['hr'::text, 'allowance'::text, 'employee'::text])))
);
CREATE TABLE public.assembly (
    unit_id integer NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    starts integer,
    ends integer,
    presence text NOT NULL,
    withdrawn boolean NOT NULL,
    CONSTRAINT assembly_check CHECK (((ends > starts) AND (ends <= 1439))),
    CONSTRAINT assembly_check1 CHECK (((presence = 'list'::text) OR ((starts IS NOT NULL) AND (ends IS NOT NULL)))),
    CONSTRAINT assembly_presence_check CHECK ((presence = ANY (ARRAY['punch'::text, 'list'::text]))),
    CONSTRAINT assembly_starts_check CHECK (((starts >= 0) AND (starts <= 1439)))
);
CREATE TABLE public.assembly_list (
    unit_id integer NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    employee_id integer NOT NULL,
    present boolean NOT NULL
);
CREATE TABLE public.audit (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);
CREATE TABLE public.broker_drop (
    broker text NOT NULL,
    noticed_at timestamp with time zone NOT NULL,
    messages bigint NOT NULL
);
CREATE TABLE public.broker_health (
    broker text NOT NULL,
    dropped bigint NOT NULL,
    counted_at timestamp with time zone NOT NULL
);
CREATE TABLE public.catalogue (
    code text NOT NULL,
    title text NOT NULL,
    measure text NOT NULL,
    norm_minutes integer NOT NULL,
    weight bigint NOT NULL,
    CONSTRAINT catalogue_norm_minutes_check CHECK ((norm_minutes > 0)),
    CONSTRAINT catalogue_weight_check CHECK ((weight >= 0))
);
CREATE TABLE public.correction (
    employee_id integer NOT NULL,
    day date NOT NULL,
    shift smallint NOT NULL,
    side text NOT NULL,
    document text NOT NULL,
    minute integer NOT NULL,
    reason text NOT NULL,
    withdrawn boolean NOT NULL,
    entered_by text DEFAULT ''::text NOT NULL,
    entered_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT correction_minute_check CHECK (((minute >= 0) AND (minute <= 1439))),
    CONSTRAINT correction_shift_check CHECK ((shift > 0)),
    CONSTRAINT correction_side_check CHECK ((side = ANY (ARRAY['in'::text, 'out'::text])))
);
CREATE TABLE public.day_law (
    id integer NOT NULL,
    facts_digest text NOT NULL,
    rulebook text NOT NULL,
    hours jsonb NOT NULL
);
CREATE TABLE public.day_to_score (
    id bigint NOT NULL,
    terminal_id integer,
    employee_id integer,
    day date NOT NULL,
    CONSTRAINT day_to_score_check CHECK ((num_nonnulls(terminal_id, employee_id) = 1))
);
CREATE TABLE public.decision (
    employee_id integer NOT NULL,
    period text NOT NULL,
    kind text NOT NULL,
    document text NOT NULL,
    decided_on date NOT NULL,
    withdrawn boolean NOT NULL,
    CONSTRAINT decision_kind_check CHECK ((kind = ANY (ARRAY['payment'::text, 'reward'::text, 'sanction'::text, 'promotion'::text, 'development'::text]))),
    CONSTRAINT decision_period_check CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'::text))
);
CREATE TABLE public.employee (
    id integer NOT NULL,
    nip text NOT NULL,
    name text NOT NULL,
    unit_id integer NOT NULL,
    allowance_class smallint,
    CONSTRAINT employee_nip_check CHECK ((nip ~ '^[0-9]{18}$'::text))
);
CREATE TABLE public.employee_class (
    employee_id integer NOT NULL,
    valid_from date NOT NULL,
    allowance_class smallint NOT NULL,
    candidate boolean NOT NULL,
    CONSTRAINT employee_class_allowance_class_check CHECK (((allowance_class >= 1) AND (allowance_class <= 99)))
);
CREATE TABLE public.employee_grade (
    employee_id integer NOT NULL,
    valid_from date NOT NULL,
    grade smallint NOT NULL,
    CONSTRAINT employee_grade_grade_check CHECK (((grade >= 1) AND (grade <= 4)))
);
CREATE TABLE public.enrolment (
    id integer NOT NULL,
    terminal_id integer NOT NULL,
    pin text NOT NULL,
    employee_id integer NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    CONSTRAINT enrolment_check CHECK ((valid_until > valid_from))
);
CREATE TABLE public.evaluation (
    employee_id integer NOT NULL,
    period text NOT NULL,
    result text,
    behaviour text,
    new_idea boolean NOT NULL,
    CONSTRAINT evaluation_behaviour_check CHECK ((behaviour = ANY (ARRAY['above'::text, 'as expected'::text, 'below'::text]))),
    CONSTRAINT evaluation_period_check CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'::text)),
    CONSTRAINT evaluation_result_check CHECK ((result = ANY (ARRAY['above'::text, 'as expected'::text, 'below'::text])))
);
CREATE TABLE public.held_rating (
    employee_id integer NOT NULL,
    rater_id integer NOT NULL,
    period text NOT NULL,
    role text NOT NULL,
    value bigint NOT NULL,
    own boolean NOT NULL,
    CONSTRAINT held_rating_check CHECK ((employee_id <> rater_id)),
    CONSTRAINT held_rating_period_check CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'::text)),
    CONSTRAINT held_rating_role_check CHECK ((role = ANY (ARRAY['superior'::text, 'peer'::text, 'subordinate'::text]))),
    CONSTRAINT held_rating_value_check CHECK (((value >= 0) AND (value <= 12000)))
);
CREATE TABLE public.kept_day (
    employee_id integer NOT NULL,
    period text NOT NULL,
    version integer NOT NULL,
    day date NOT NULL,
    shift smallint NOT NULL,
    kind text NOT NULL,
    name text,
    expected_in timestamp without time zone,
    expected_out timestamp without time zone,
    first_in timestamp without time zone,
    last_out timestamp without time zone,
    minutes_late integer NOT NULL,
    minutes_early integer NOT NULL,
    absent boolean NOT NULL,
    codes text NOT NULL,
    deduction integer,
    steps json NOT NULL,
    law_id integer NOT NULL,
    roster text
);
CREATE TABLE public.late_month (
    employee_id integer NOT NULL,
    period text NOT NULL
);
CREATE TABLE public.locked_month (
    employee_id integer NOT NULL,
    period text NOT NULL,
    version integer NOT NULL,
    days_overruled integer NOT NULL,
    overruled_for text[] NOT NULL,
    locked_at timestamp with time zone NOT NULL,
    locked_by text NOT NULL,
    CONSTRAINT locked_month_period_check CHECK ((period ~ '^[12][0-9]{3}-(0[1-9]|1[0-2])$'::text))
);
CREATE TABLE public.login_session (
    token_sha256 bytea NOT NULL,
    account_id integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE TABLE public.member_change (
    by xid8 DEFAULT pg_current_xact_id() NOT NULL
);
CREATE TABLE public.membership (
    employee_id integer NOT NULL,
    valid_from date NOT NULL,
    valid_until date,
    unit_id integer NOT NULL,
    CONSTRAINT membership_check CHECK ((valid_until > valid_from))
);
CREATE TABLE public.mqtt_receipt (
    client_id text NOT NULL,
    packet integer NOT NULL,
    sha256 bytea NOT NULL,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT mqtt_receipt_sha256_check CHECK ((length(sha256) = 32))
);
CREATE TABLE public.plan_item (
    id bigint NOT NULL,
    employee_id integer,
    unit_id integer,
    year smallint NOT NULL,
    reference text NOT NULL,
    title text NOT NULL,
    main boolean NOT NULL,
    measure text NOT NULL,
    low bigint NOT NULL,
    high bigint NOT NULL,
    maximal boolean NOT NULL,
    weight bigint,
    category smallint,
    scope smallint,
    value bigint,
    serves bigint,
    mandate text,
    CONSTRAINT plan_item_category_check CHECK ((category = ANY (ARRAY[20, 40, 60, 80, 100]))),
    CONSTRAINT plan_item_check CHECK ((high >= low)),
    CONSTRAINT plan_item_check1 CHECK (((employee_id IS NULL) <> (unit_id IS NULL))),
    CONSTRAINT plan_item_check2 CHECK (
CASE
    WHEN main THEN (weight IS NOT NULL)
    ELSE ((weight IS NULL) AND (((category * scope) * value) >= 0))
END),
    CONSTRAINT plan_item_low_check CHECK ((low > 0)),
    CONSTRAINT plan_item_scope_check CHECK (((scope >= 0) AND (scope <= 100))),
    CONSTRAINT plan_item_value_check CHECK ((value >= 0)),
    CONSTRAINT plan_item_weight_check CHECK ((weight > 0)),
    CONSTRAINT plan_item_year_check CHECK (((year >= 1900) AND (year <= 2999)))
);
CREATE TABLE public.plan_month (
    plan_item_id bigint NOT NULL,
    period text NOT NULL,
    amount bigint NOT NULL,
    CONSTRAINT plan_month_amount_check CHECK ((amount > 0)),
    CONSTRAINT plan_month_period_check CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text))
);
CREATE TABLE public.punch (
    terminal_id integer NOT NULL,
    local_time timestamp without time zone NOT NULL,
    pin text NOT NULL,
    state smallint NOT NULL,
    verify smallint,
    work_code text,
    source text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    raw bytea NOT NULL
);
CREATE TABLE public.punch_mark (
    terminal_id integer NOT NULL,
    local_time timestamp without time zone NOT NULL,
    pin text NOT NULL,
    state smallint NOT NULL,
    mark text NOT NULL,
    CONSTRAINT punch_mark_mark_check CHECK ((mark = ANY (ARRAY['clock_doubted'::text, 'time_of_receipt'::text, 'other_offset'::text])))
);
CREATE TABLE public.punch_variant (
    terminal_id integer NOT NULL,
    local_time timestamp without time zone NOT NULL,
    pin text NOT NULL,
    state smallint NOT NULL,
    verify smallint,
    work_code text,
    source text NOT NULL,
    received_at timestamp with time zone NOT NULL,
    raw bytea NOT NULL,
    sha256 bytea GENERATED ALWAYS AS (sha256(raw)) STORED NOT NULL
);
CREATE TABLE public.push_order (
    id integer NOT NULL,
    terminal_id integer NOT NULL,
    kind text NOT NULL,
    first_time timestamp without time zone NOT NULL,
    last_time timestamp without time zone NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone,
    times_sent integer DEFAULT 0 NOT NULL,
    answered_at timestamp with time zone,
    result integer,
    CONSTRAINT push_order_check CHECK ((first_time <= last_time)),
    CONSTRAINT push_order_kind_check CHECK ((kind = ANY (ARRAY['upload'::text, 'count'::text])))
);
CREATE TABLE public.push_terminal (
    serial_number text NOT NULL,
    status text DEFAULT 'pending'::text NOT NULL,
    network cidr,
    access boolean DEFAULT false NOT NULL,
    registry_code text,
    stamps jsonb DEFAULT '{}'::jsonb NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    last_from inet NOT NULL,
    push_key text,
    counted_answer boolean DEFAULT false NOT NULL,
    greeted_from inet,
    refused integer DEFAULT 0 NOT NULL,
    CONSTRAINT push_terminal_status_check CHECK ((status = ANY (ARRAY['pending'::text, 'approved'::text, 'blocked'::text])))
);
CREATE TABLE public.rating (
    employee_id integer NOT NULL,
    rater_id integer NOT NULL,
    period text NOT NULL,
    role text NOT NULL,
    value bigint NOT NULL,
    own boolean NOT NULL,
    CONSTRAINT rating_check CHECK ((employee_id <> rater_id)),
    CONSTRAINT rating_period_check CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'::text)),
    CONSTRAINT rating_role_check CHECK ((role = ANY (ARRAY['superior'::text, 'peer'::text, 'subordinate'::text]))),
    CONSTRAINT rating_value_check CHECK (((value >= 0) AND (value <= 12000)))
);
CREATE TABLE public.rejected (
    terminal text NOT NULL,
    sha256 bytea NOT NULL,
    raw bytea NOT NULL,
    reason text NOT NULL,
    source text NOT NULL,
    first_seen timestamp with time zone NOT NULL,
    last_seen timestamp with time zone NOT NULL,
    times_seen integer DEFAULT 1 NOT NULL,
    resolved_at timestamp with time zone,
    cause text GENERATED ALWAYS AS ("left"(regexp_replace(regexp_replace(regexp_replace(reason, '^line [0-9]+: '::text, ''::text), '^pin .+ (is empty|is not 1 to|begins with)'::text, 'pin … \1'::text), '(?<!table )''[^'']*''|"[^"]*"|[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]+'::text, '…'::text, 'g'::text), 200)) STORED NOT NULL,
    CONSTRAINT rejected_sha256_check CHECK ((length(sha256) = 32))
);
CREATE TABLE public.roster (
    employee_id integer NOT NULL,
    day date NOT NULL,
    shift_ids integer[] NOT NULL,
    name text NOT NULL
);
CREATE TABLE public.score (
    employee_id integer NOT NULL,
    period text NOT NULL,
    version integer NOT NULL,
    rulebook text NOT NULL,
    rulebook_digest text NOT NULL,
    basis text NOT NULL,
    deduction integer,
    attendance integer,
    output integer,
    total integer,
    payable integer,
    steps json NOT NULL,
    last_day date NOT NULL,
    digest text NOT NULL,
    scored_at timestamp with time zone NOT NULL,
    behaviour integer,
    evaluation integer,
    predicate text,
    amount bigint,
    counted_from date,
    counted_to date,
    CONSTRAINT score_basis_check CHECK ((basis = ANY (ARRAY['regulation'::text, 'assumption'::text]))),
    CONSTRAINT score_check CHECK (((counted_from IS NULL) = (counted_to IS NULL)))
);
CREATE TABLE public.scored_month (
    employee_id integer NOT NULL,
    period text NOT NULL,
    digest text NOT NULL,
    days_digest text
);
CREATE TABLE public.shift (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    starts integer NOT NULL,
    ends integer NOT NULL,
    in_from integer,
    in_until integer,
    out_from integer,
    out_until integer,
    CONSTRAINT shift_check CHECK (((ends > starts) AND (ends <= (starts + 1440)))),
    CONSTRAINT shift_starts_check CHECK (((starts >= 0) AND (starts <= 1439)))
);
CREATE TABLE public.target (
    employee_id integer NOT NULL,
    period text NOT NULL,
    points bigint NOT NULL,
    CONSTRAINT target_period_check CHECK ((period ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'::text)),
    CONSTRAINT target_points_check CHECK ((points > 0))
);
CREATE TABLE public.temporary_exit (
    employee_id integer NOT NULL,
    left_at timestamp without time zone NOT NULL,
    returned_at timestamp without time zone NOT NULL,
    document text NOT NULL,
    withdrawn boolean NOT NULL,
    CONSTRAINT temporary_exit_check CHECK ((returned_at > left_at))
);
CREATE TABLE public.terminal (
    id integer NOT NULL,
    name text NOT NULL,
    kind text NOT NULL,
    address text,
    comm_key integer DEFAULT 0 NOT NULL,
    time_zone text NOT NULL,
    added_at timestamp with time zone NOT NULL,
    serial_number text,
    live boolean DEFAULT false NOT NULL,
    poll_seconds integer,
    set_clock boolean DEFAULT false NOT NULL,
    name_encoding text DEFAULT 'utf-8'::text NOT NULL,
    retired_at timestamp with time zone,
    CONSTRAINT terminal_comm_key_check CHECK (((comm_key >= 0) AND (comm_key <= 999999))),
    CONSTRAINT terminal_kind_check CHECK ((kind = ANY (ARRAY['zk'::text, 'mqtt'::text, 'attlog'::text, 'iclock'::text]))),
    CONSTRAINT terminal_poll_seconds_check CHECK (((poll_seconds >= 10) AND (poll_seconds <= 86400)))
);
CREATE TABLE public.terminal_health (
    terminal_id integer NOT NULL,
    serial_number text,
    firmware text,
    platform text,
    record_count integer,
    record_capacity integer,
    clock_offset integer,
    tried_at timestamp with time zone,
    read_at timestamp with time zone,
    record_at timestamp without time zone,
    error text,
    seen_at timestamp with time zone,
    synced_until timestamp with time zone,
    unread integer,
    cure text
);
CREATE TABLE public.terminal_log (
    terminal_id integer NOT NULL,
    serial_number text,
    firmware text,
    head integer NOT NULL,
    record_size smallint NOT NULL,
    time_last boolean NOT NULL,
    records integer NOT NULL,
    anchor bytea NOT NULL,
    whole_at timestamp with time zone NOT NULL,
    tails integer NOT NULL,
    offset_reads text NOT NULL,
    why_not text,
    CONSTRAINT terminal_log_offset_reads_check CHECK ((offset_reads = ANY (ARRAY['unchecked'::text, 'good'::text, 'unfit'::text, 'missed'::text])))
);
CREATE TABLE public.terminal_reading (
    terminal_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    shown timestamp without time zone NOT NULL,
    offset_ms bigint NOT NULL,
    round_trip_ms integer NOT NULL,
    flag text,
    record_count integer,
    CONSTRAINT terminal_reading_flag_check CHECK ((flag = ANY (ARRAY['drift'::text, 'jump'::text, 'reset'::text, 'future'::text])))
);
CREATE TABLE public.unit (
    id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    parent_id integer,
    time_zone text NOT NULL,
    rulebook text NOT NULL,
    CONSTRAINT unit_check CHECK ((parent_id <> id))
);
CREATE TABLE public.unit_head (
    unit_id integer NOT NULL,
    valid_from date NOT NULL,
    employee_id integer
);
CREATE TABLE public.unit_predicate (
    unit_id integer NOT NULL,
    period text NOT NULL,
    predicate text NOT NULL,
    CONSTRAINT unit_predicate_period_check CHECK ((period ~ '^[0-9]{4}(-(0[1-9]|1[0-2]|Q[1-4]))?$'::text))
);
CREATE TABLE public.unit_roster (
    unit_id integer NOT NULL,
    day date NOT NULL,
    shift_ids integer[] NOT NULL,
    name text NOT NULL
);
CREATE TABLE public.unit_week (
    unit_id integer NOT NULL,
    valid_from date NOT NULL,
    weekday smallint NOT NULL,
    shift_ids integer[] NOT NULL,
    CONSTRAINT unit_week_weekday_check CHECK (((weekday >= 1) AND (weekday <= 7)))
);
CREATE TABLE public.waiting_day (
    employee_id integer NOT NULL,
    day date NOT NULL,
    terminal_id integer NOT NULL,
    until timestamp with time zone NOT NULL,
    overruled boolean NOT NULL
);
CREATE TABLE public.whole_run (
    period text NOT NULL,
    by xid8 DEFAULT pg_current_xact_id() NOT NULL,
    seen pg_snapshot NOT NULL,
    found text NOT NULL,
    employees integer NOT NULL,
    who integer[] NOT NULL,
    other_spans integer[] NOT NULL,
    counted_from date[] NOT NULL,
    counted_to date[] NOT NULL
);
CREATE TABLE public.work_day (
    employee_id integer NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    name text,
    expected_in timestamp without time zone,
    expected_out timestamp without time zone,
    first_in timestamp without time zone,
    last_out timestamp without time zone,
    minutes_late integer NOT NULL,
    minutes_early integer NOT NULL,
    absent boolean NOT NULL,
    codes text NOT NULL,
    deduction integer,
    steps json NOT NULL,
    shift smallint DEFAULT 1 NOT NULL,
    law_id integer NOT NULL,
    roster text
);
CREATE TRIGGER changes_members AFTER DELETE OR TRUNCATE ON public.scored_month FOR EACH STATEMENT EXECUTE FUNCTION public.note_member_change();
CREATE TRIGGER changes_members AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.enrolment FOR EACH STATEMENT EXECUTE FUNCTION public.note_member_change();
CREATE TRIGGER changes_members AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.membership FOR EACH STATEMENT EXECUTE FUNCTION public.note_member_change();
CREATE TRIGGER changes_members AFTER INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.unit FOR EACH STATEMENT EXECUTE FUNCTION public.note_member_change();
CREATE TRIGGER comes_late AFTER INSERT ON public.score REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.note_late_month();
CREATE TRIGGER follows_the_last BEFORE INSERT ON public.adjustment FOR EACH ROW EXECUTE FUNCTION public.refuse_gap_in_adjustments();
CREATE TRIGGER is_complete AFTER INSERT ON public.kept_day REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_late_kept_day();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON public.adjustment FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON public.day_law FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_emptying_of_kept_laws();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON public.kept_day FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON public.late_month FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON public.locked_month FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER is_not_emptied BEFORE TRUNCATE ON public.score FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_emptying_of_locked();
CREATE TRIGGER stays_kept BEFORE DELETE OR UPDATE ON public.day_law FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_kept_law();
CREATE TRIGGER stays_locked BEFORE DELETE OR UPDATE ON public.adjustment FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER stays_locked BEFORE DELETE OR UPDATE ON public.kept_day FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER stays_locked BEFORE DELETE OR UPDATE ON public.locked_month FOR EACH ROW EXECUTE FUNCTION public.refuse_change();
CREATE TRIGGER stays_locked BEFORE DELETE OR UPDATE ON public.score FOR EACH ROW EXECUTE FUNCTION public.refuse_change_of_locked_score();
CREATE TRIGGER stays_until_settled BEFORE DELETE OR UPDATE ON public.late_month FOR EACH ROW EXECUTE FUNCTION public.refuse_forgetting();
CREATE UNIQUE INDEX audit_operation ON public.audit USING btree (actor, ((detail ->> 'record'::text))) WHERE (detail ? 'record'::text);
CREATE UNIQUE INDEX terminal_iclock_address ON public.terminal USING btree (address) WHERE (kind = 'iclock'::text);
CREATE UNIQUE INDEX terminal_mqtt_address ON public.terminal USING btree (address) WHERE (kind = 'mqtt'::text);
CREATE UNIQUE INDEX terminal_serial_number ON public.terminal USING btree (serial_number) WHERE (retired_at IS NULL);
CREATE VIEW public.counted_activity AS
 SELECT id,
    employee_id,
    reference,
    day,
    title,
    volume,
    weight,
    status,
    kind,
    catalogue_code,
    plan_item_id,
    evidence,
    quality,
    submitted_on,
    decided_on,
    decided_by,
    reason
   FROM public.activity
  WHERE ((status = 'verified'::text) AND
        CASE
            WHEN (EXISTS ( SELECT
               FROM public.activity_deadline)) THEN COALESCE(( SELECT COALESCE((((deadline.submit_days IS NULL) OR (activity.submitted_on <= (activity.day + (deadline.submit_days)::integer))) AND ((deadline.decide_days IS NULL) OR (activity.decided_on <= (activity.submitted_on + (deadline.decide_days)::integer)))), false) AS "coalesce"
               FROM ((public.membership
                 JOIN public.unit_above USING (unit_id))
                 JOIN public.activity_deadline deadline ON ((deadline.unit_id = unit_above.holder_id)))
              WHERE ((membership.employee_id = activity.employee_id) AND (activity.day >= membership.valid_from) AND ((membership.valid_until IS NULL) OR (activity.day < membership.valid_until)) AND (deadline.valid_from <= activity.day))
              ORDER BY unit_above.distance, deadline.valid_from DESC
             LIMIT 1), true)
            ELSE true
        END);
CREATE VIEW public.judged_day AS
 SELECT work_day.employee_id,
    work_day.day,
    work_day.shift,
    work_day.kind,
    work_day.name,
    work_day.expected_in,
    work_day.expected_out,
    work_day.first_in,
    work_day.last_out,
    work_day.minutes_late,
    work_day.minutes_early,
    work_day.absent,
    work_day.codes,
    work_day.deduction,
    work_day.steps,
    day_law.rulebook,
    day_law.facts_digest,
    work_day.roster,
        CASE
            WHEN (work_day.roster IS NULL) THEN day_law.hours
            ELSE jsonb_build_object('law', work_day.roster, 'article', '', 'in_force', work_day.day, 'in_force_known', 'day', 'basis', 'regulation')
        END AS hours
   FROM (public.work_day
     LEFT JOIN public.day_law ON ((day_law.id = work_day.law_id)));
CREATE VIEW public.kept_judged_day AS
 SELECT kept_day.employee_id,
    kept_day.period,
    kept_day.version,
    kept_day.day,
    kept_day.shift,
    kept_day.kind,
    kept_day.name,
    kept_day.expected_in,
    kept_day.expected_out,
    kept_day.first_in,
    kept_day.last_out,
    kept_day.minutes_late,
    kept_day.minutes_early,
    kept_day.absent,
    kept_day.codes,
    kept_day.deduction,
    kept_day.steps,
    day_law.rulebook,
    day_law.facts_digest,
    kept_day.roster,
        CASE
            WHEN (kept_day.roster IS NULL) THEN day_law.hours
            ELSE jsonb_build_object('law', kept_day.roster, 'article', '', 'in_force', kept_day.day, 'in_force_known', 'day', 'basis', 'regulation')
        END AS hours
   FROM (public.kept_day
     LEFT JOIN public.day_law ON ((day_law.id = kept_day.law_id)));
CREATE VIEW public.shown_score AS
 SELECT score.employee_id,
    score.period,
    score.version,
    score.rulebook,
    score.rulebook_digest,
    score.basis,
    score.deduction,
    score.attendance,
    score.output,
    score.total,
    score.payable,
    score.steps,
    score.last_day,
    score.digest,
    score.scored_at,
    score.behaviour,
    score.evaluation,
    score.predicate,
    score.amount,
    score.counted_from,
    score.counted_to
   FROM (public.score
     LEFT JOIN public.locked_month locked USING (employee_id, period))
  WHERE ((locked.version IS NULL) OR (locked.version = score.version));
CREATE VIEW public.unit_above AS
 WITH RECURSIVE above AS (
         SELECT unit.id AS unit_id,
            unit.id AS holder_id,
            unit.parent_id,
            0 AS distance
           FROM public.unit
        UNION ALL
         SELECT above_1.unit_id,
            unit.id,
            unit.parent_id,
            (above_1.distance + 1)
           FROM (above above_1
             JOIN public.unit ON ((unit.id = above_1.parent_id)))
        )
 SELECT unit_id,
    holder_id,
    distance
   FROM above;
END
$$;
END
$$;
END
$$;
END
$$;
END
$_$;
END
$_$;
END
$_$;
END
$_$;
END
$_$;
END
$_$;
