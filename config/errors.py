"""The one root of the errors a user may see: the command line and the pages print their message, never a traceback."""


class TepatError(Exception):
    """Something a person must know or change. The message says what, where and what to do."""
