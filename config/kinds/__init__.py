"""The shapes a table of law can have, one file a family: each makes frozen content of a checked TOML block.

A law of a new shape is a new kind here with one pure function in scoring/, never an `if` on a date.
"""
