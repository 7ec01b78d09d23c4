-- Messages that an MQTT broker has dropped although it acknowledged them.

CREATE TABLE broker_health (
    broker      text PRIMARY KEY,       -- host:port
    dropped     bigint NOT NULL,        -- as it last counted since its own start
    counted_at  timestamptz NOT NULL
);

CREATE TABLE broker_drop (
    broker      text NOT NULL,
    noticed_at  timestamptz NOT NULL,
    messages    bigint NOT NULL,        -- since the time before
    CONSTRAINT broker_drop_key PRIMARY KEY (broker, noticed_at)
);
