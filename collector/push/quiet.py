"""Until when everything punched on a pushing terminal is stored: it asks for orders, and has nothing left to send.

A terminal that holds something back tries again after ErrorDelay. One that has kept asking for orders for minutes, and
sent nothing meanwhile, has nothing left.
"""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from devices.iclock.answers import DELAY, ERROR_DELAY

QUIET = timedelta(seconds=10 * ERROR_DELAY)
"""How long it must have sent nothing."""
LONGEST_GAP = timedelta(seconds=6 * DELAY)
"""Between two questions; after a longer one it was cut off, and may hold what was punched meanwhile."""


@dataclass(slots=True)
class _Contact:
    since: datetime
    last: datetime
    told: datetime | None = None


class Quiet:
    """When each terminal was in touch; safe between threads. Forgotten with the process, which only delays."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._contacts: dict[str, _Contact] = {}

    def asked(self, serial_number: str, at: datetime) -> datetime | None:
        """A terminal asks for orders; gives the instant before which everything punched on it is stored, if known."""
        with self._lock:
            contact = self._contacts.setdefault(serial_number, _Contact(at, at))
            if at - contact.last > LONGEST_GAP:
                contact.since = at
            contact.last = max(contact.last, at)
            return at - QUIET if at - contact.since >= QUIET else None

    def sent(self, serial_number: str, at: datetime) -> None:
        """A terminal sent something, stored or refused: it may have more of it."""
        with self._lock:
            told = self._contacts[serial_number].told if serial_number in self._contacts else None
            self._contacts[serial_number] = _Contact(at, at, told)

    def sends(self, serial_number: str, at: datetime) -> None:
        """Somebody who says to be this terminal sends something, whole or not; of unknown ones nothing is kept."""
        with self._lock:
            if contact := self._contacts.get(serial_number):
                contact.since = contact.last = max(contact.last, at)

    def to_tell(self, serial_number: str, at: datetime, every: timedelta) -> bool:
        """Whether it is time to note in its health that the terminal is there; not more often than so."""
        with self._lock:
            contact = self._contacts.setdefault(serial_number, _Contact(at, at))
            if contact.told is not None and at - contact.told < every:
                return False
            contact.told = at
            return True
