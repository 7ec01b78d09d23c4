"""Time zones by their name, or as people in Indonesia call them."""

from difflib import get_close_matches
from zoneinfo import available_timezones

INDONESIAN = {"WIB": "Asia/Jakarta", "WITA": "Asia/Makassar", "WIT": "Asia/Jayapura"}


def time_zone(said: str) -> str | None:
    """The name of a zone, Asia/Jakarta for WIB; None: there is none of this name."""
    named = INDONESIAN.get(said.upper(), said)
    return named if named in available_timezones() else None


def no_time_zone(said: str) -> str:
    """The cure where `time_zone` knows none."""
    short = INDONESIAN.get(said.upper())
    close = [short] if short else get_close_matches(said, sorted(available_timezones()), n=1)
    names = ", ".join(f"{name} ({short})" for short, name in INDONESIAN.items())
    return (f"did you mean {close[0]}? In Indonesia" if close else "in Indonesia") + f" write one of {names}"
