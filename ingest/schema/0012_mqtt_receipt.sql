-- When a message that says no time was first delivered, until the broker uses its number for another one.

CREATE TABLE mqtt_receipt (
    client_id   text NOT NULL,          -- of the collector: numbers count within its session at the broker
    packet      integer NOT NULL,
    sha256      bytea NOT NULL CHECK (length(sha256) = 32),
    received_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, packet)
);
