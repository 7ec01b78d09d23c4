"""What a simulated terminal remembers: people, the log, options."""

import threading
from collections import deque
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from devices.simulator.zk.records import (
    LARGEST_UID,
    Person,
    RecordSize,
    SimulatorError,
    StoredPunch,
    check_pin,
    check_punch,
    decode_user,
    encode_record,
    encode_user,
)

WhenFull: TypeAlias = Literal["shift", "overwrite", "drop block"]
"""What a full log does with one record more: the oldest goes and all others move up; the oldest is written over where
it stands; or a block of the oldest goes at once."""
BLOCKS = 10
"""A log that drops blocks has so many."""


class Memory:
    """The terminal's storage; safe to use from several threads."""

    def __init__(
        self,
        people: Iterable[Person],
        log: Iterable[StoredPunch | bytes],
        record_size: RecordSize,
        capacity: int,
        repeat: timedelta,
        *,
        when_full: WhenFull = "shift",
        name_encoding: str = "utf-8",
    ) -> None:
        self.name_encoding = name_encoding
        self.record_size = record_size
        self.capacity = capacity
        self.people = list(people)
        self.options: dict[str, str] = {}
        self._repeat = repeat
        self._lock = threading.RLock()
        self._uids: dict[str, int] = {}
        self._written_people: dict[int, bytes] = {}
        self._taken: set[int] = set()
        self._records: deque[bytes] = deque()
        self._when_full = when_full
        self._written = 0
        self._newest = b""
        self._last: dict[str, datetime] = {}
        for person in self.people:
            self._take(person)
        for entry in log:
            self.store_raw(entry) if isinstance(entry, bytes) else self.store(entry)

    def store(self, punch: StoredPunch) -> bool:
        """Put a punch into the log; False when it repeats the person's last one within the repeat time.

        Raises:
            SimulatorError: a terminal of this kind cannot hold it.
        """
        with self._lock:
            check_punch(punch, self.record_size)
            last = self._last.get(punch.pin)
            if last is not None and timedelta(0) <= punch.local_time - last < self._repeat:
                return False
            self._last[punch.pin] = punch.local_time
            self._append(encode_record(punch, self.uid_of(punch.pin), self.record_size))
            return True

    def store_raw(self, record: bytes) -> None:
        """Put a record's bytes into the log as they are: impossible dates, garbled pins."""
        if len(record) != self.record_size:
            raise SimulatorError(f"A record of this terminal has {self.record_size} bytes, not {len(record)}.")
        with self._lock:
            self._append(record)

    def _append(self, record: bytes) -> None:
        if len(self._records) >= self.capacity and self._when_full == "overwrite":
            self._records[self._written % self.capacity] = record
        else:
            if len(self._records) >= self.capacity:
                gone = 1 if self._when_full == "shift" else max(self.capacity // BLOCKS, 1)
                for _ in range(gone):
                    self._records.popleft()
            self._records.append(record)
        self._written += 1
        self._newest = record

    def newest(self) -> bytes:
        """The record stored last, wherever it lies."""
        return self._newest

    def uid_of(self, pin: str) -> int:
        """The internal number of a pin; one not enrolled gets the next free number (a person deleted meanwhile)."""
        with self._lock:
            if pin not in self._uids:
                self._take(Person(max(self._taken, default=0) + 1, pin))
            return self._uids[pin]

    def records(self) -> int:
        with self._lock:
            return len(self._records)

    def log_records(self) -> list[bytes]:
        """The records as they lie in the log."""
        with self._lock:
            return list(self._records)

    def log_bytes(self) -> bytes:
        with self._lock:
            return b"".join(self._records)

    def people_bytes(self) -> bytes:
        with self._lock:
            return b"".join(self._person_bytes(person) for person in self.people)

    def _person_bytes(self, person: Person) -> bytes:
        written = self._written_people.get(person.uid)
        return encode_user(person, self.record_size, self.name_encoding) if written is None else written

    def write_person(self, record: bytes) -> None:
        """Take a person's record over the network: a new internal number adds somebody, a known one is written over.

        Raises:
            SimulatorError: the record or its pin does not fit, or somebody else has the pin.
        """
        person = decode_user(record, self.record_size, self.name_encoding)
        with self._lock:
            check_pin(person.pin, self.record_size)
            if self._uids.get(person.pin, person.uid) != person.uid and person.pin in {p.pin for p in self.people}:
                raise SimulatorError(f"Somebody else has the pin {person.pin!r}.")
            before = next((known for known in self.people if known.uid == person.uid), None)
            if before is None:
                self.people.append(person)
            else:
                self.people[self.people.index(before)] = person
                self._uids.pop(before.pin, None)
            self._uids[person.pin] = person.uid
            self._taken.add(person.uid)
            self._written_people[person.uid] = record

    def clear_log(self) -> None:
        with self._lock:
            self._records.clear()
            self._written = 0

    def _take(self, person: Person) -> None:
        check_pin(person.pin, self.record_size)
        if not 0 < person.uid <= LARGEST_UID or person.uid in self._taken or person.pin in self._uids:
            raise SimulatorError(
                f"{person} does not fit: internal numbers go from 1 to {LARGEST_UID}, and numbers and pins are unique."
            )
        self._uids[person.pin] = person.uid
        self._taken.add(person.uid)
