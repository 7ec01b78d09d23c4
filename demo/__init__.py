"""A small office in a box: broker, simulated terminals, made-up people."""
