"""What can go wrong with a terminal. The class names the cure: try again, or have a person change something.

A record that cannot be read is no error: it travels as `Rejected` beside the good ones.
"""

from config.errors import TepatError


class TerminalError(TepatError):
    """A terminal could not be read. The message says what, where and what to do."""


class RetriableTerminalError(TerminalError):
    """The network or the terminal failed for now: the next poll may succeed."""


class FatalTerminalError(TerminalError):
    """Asking again cannot help: a wrong key, a wrong protocol, a wrong address. A person must change something."""
