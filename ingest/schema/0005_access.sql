-- Who may see and change what, and who did.

CREATE TABLE account (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    password_hash   text NOT NULL,      -- argon2id
    role            text NOT NULL CHECK (role IN ('hr', 'allowance')),
    unit_id         integer REFERENCES unit,    -- sees this unit and all below; null = all
    created_at      timestamptz NOT NULL,
    disabled_at     timestamptz
);

CREATE TABLE login_session (
    token_sha256    bytea PRIMARY KEY,
    account_id      integer NOT NULL REFERENCES account,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL
);

-- A machine's key is `prefix.secret`; the secret has 256 random bits, so one SHA-256 is enough.
CREATE TABLE api_key (
    id              integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name            text NOT NULL UNIQUE,
    prefix          text NOT NULL UNIQUE,
    secret_sha256   bytea NOT NULL,
    role            text NOT NULL CHECK (role IN ('hr', 'allowance')),
    unit_id         integer REFERENCES unit,
    created_at      timestamptz NOT NULL,
    used_at         timestamptz,
    revoked_at      timestamptz
);

CREATE TABLE audit (
    id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      timestamptz NOT NULL,
    actor   text NOT NULL,              -- account:NAME, key:NAME, command:OS USER
    action  text NOT NULL,              -- view, login, add, import, ...
    object  text NOT NULL,              -- what was seen or changed
    detail  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at);
