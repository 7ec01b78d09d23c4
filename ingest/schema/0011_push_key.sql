-- From where a terminal named its push key, how often it was refused; operations on a terminal, each told once.

ALTER TABLE push_terminal
    ADD COLUMN greeted_from inet,               -- where it last named its push key; null = it never did
    ADD COLUMN refused integer NOT NULL DEFAULT 0;  -- requests refused since it was approved, as far as told

CREATE UNIQUE INDEX audit_operation ON audit (actor, (detail ->> 'record')) WHERE detail ? 'record';
