"""Why nothing comes from a terminal: a walk from its address to its people's days, one sentence a step."""
