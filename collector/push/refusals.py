"""How often requests are refused, told now and then: whoever asks all day fills neither log nor audit."""

import threading
import time

QUIET_SECONDS = 600.0
"""The first refusal of a kind is told at once, those after it together, not more often than so."""
KINDS_MOST = 1000
"""So many kinds are told apart; whoever invents more of them is counted among the rest."""


class Refusals:
    """Counts per kind of refusal; safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, ...], tuple[float, int]] = {}

    def note(self, *kind: str) -> int | None:
        """Count one more; gives the number to tell now, or None where it is too early to tell of this kind again."""
        now = time.monotonic()
        with self._lock:
            if kind not in self._kinds and len(self._kinds) >= KINDS_MOST:
                kind = ()
            told_at, count = self._kinds.get(kind, (now - QUIET_SECONDS, 0))
            tell = now - told_at >= QUIET_SECONDS
            self._kinds[kind] = (now, 0) if tell else (told_at, count + 1)
        return count + 1 if tell else None
