-- A machine hangs at one terminal at a time: two in use never have the same serial number.

CREATE UNIQUE INDEX terminal_serial_number ON terminal (serial_number) WHERE retired_at IS NULL;
