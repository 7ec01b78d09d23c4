"""What can go wrong with a terminal. The class names the cure: try again, or have a person change something.

A record that cannot be read is no error: it travels as `Rejected` beside the good ones.
"""

from typing import Self

from config import troubles
from config.errors import TepatError
from config.troubles import Trouble


class TerminalError(TepatError):
    """A terminal could not be read. The message says what, where and what to do.

    what: the message without its cure; trouble: which one it is, for the cure in the reader's language.
    """

    def __init__(self, what: str, trouble: Trouble | None = None) -> None:
        """With a trouble the message ends in its cure; without one, what says it itself."""
        super().__init__(what if trouble is None else f"{what} {troubles.cure(trouble, 'en')}")
        self.what = what
        self.trouble = trouble

    def of(self, name: str) -> Self:
        """The same error, with the terminal's name in its cure; for whoever knows it."""
        if self.trouble is not None:
            self.args = (f"{self.what} {troubles.cure(self.trouble, 'en', name)}",)
        return self


class RetriableTerminalError(TerminalError):
    """The network or the terminal failed for now: the next poll may succeed."""


class FatalTerminalError(TerminalError):
    """Asking again cannot help: a wrong key, a wrong protocol, a wrong address. A person must change something."""
