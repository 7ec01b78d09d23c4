"""A pretended ZK terminal on a real TCP port. `terminal.SimulatedTerminal` is the way in."""
