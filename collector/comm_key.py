"""A comm key given to a command: as a number or, because others may see a command line, from a file or typed unseen."""

import sys
from pathlib import Path

import typer

from config.errors import TepatError

TYPED = "-"
DIGITS_MOST = 6


def given_comm_key(number: int | None, file: Path | None) -> int | None:
    """The key that was given in one of the two ways; None where in none. file: `-` asks for it.

    Raises:
        TepatError: both were given, or the file holds no key; the key is not repeated.
    """
    if file is None:
        return number
    if number is not None:
        raise TepatError("Give the comm key by --comm-key or by --comm-key-file, not by both.")
    said = (_typed() if str(file) == TYPED else _read(file)).strip()
    if not (said.isascii() and said.isdecimal() and len(said) <= DIGITS_MOST):
        where = "What was typed" if str(file) == TYPED else str(file)
        raise TepatError(f"{where} is no comm key: it has 1 to {DIGITS_MOST} digits and nothing else; 0 = none.")
    return int(said)


def _typed() -> str:
    """From whoever sits there, without showing it, or from what is piped in."""
    if not sys.stdin.isatty():
        return sys.stdin.readline()
    return str(typer.prompt("Comm key", hide_input=True))


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise TepatError(f"The comm key cannot be read from {file} ({reason}).") from error
