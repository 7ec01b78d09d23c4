"""Who runs a command, as the audit names it."""

import getpass
import os


def actor() -> str:
    """command:OS USER."""
    try:
        return f"command:{getpass.getuser()}"
    except (KeyError, OSError):  # an account without a name, as containers have
        return f"command:uid {os.getuid()}"
