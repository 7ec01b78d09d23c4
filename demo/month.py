"""What the demo's people did in January 2026: plausible punches and activities, the same at every start."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from demo.people import SEED, Person, people

YEAR, MONTH = 2026, 1
PERIOD = "2026-01"
FRIDAY = 4
DAYS_OFF = {date(2026, 1, 1), date(2026, 1, 16)}
"""The people of the demo stay at home on these two holidays; whether that costs anything, the calendar decides."""

IN, OUT = 0, 1
START, END, END_ON_FRIDAY = time(7, 30), time(16, 0), time(16, 30)

E1_EXCEPTIONS: dict[int, tuple[time | None, time | None]] = {
    5: (time(7, 42), time(16, 4)),
    8: (time(8, 5), time(16, 3)),
    12: (time(8, 45), time(16, 8)),
    14: (None, time(16, 5)),
    21: (time(7, 21), time(15, 20)),
    23: (time(7, 24), time(16, 10)),
    27: (None, None),
}
"""Worked example E1 of rules.md §9: day of January -> (in, out); the other working days are clean."""


@dataclass(frozen=True, slots=True)
class Scan:
    """One finger or face on the unit's terminal, at local time."""

    pin: str
    at: datetime
    state: int


@dataclass(frozen=True, slots=True)
class Activity:
    """One piece of work delivered; volume and weight as a person would write them."""

    nip: str
    reference: str
    day: date
    title: str
    volume: str
    weight: str
    status: str


TITLES = (
    "Verifikasi data penerima bantuan",
    "Penyusunan laporan harian",
    "Asesmen penerima manfaat",
    "Pendampingan keluarga",
    "Rapat koordinasi wilayah",
    "Pemutakhiran data terpadu",
    "Layanan pengaduan masyarakat",
)


def working_days() -> list[date]:
    """The days on which the people of the demo come to work."""
    days = (date(YEAR, MONTH, 1) + timedelta(days=number) for number in range(31))
    return [day for day in days if day.weekday() <= FRIDAY and day not in DAYS_OFF]


def scans() -> dict[str, list[Scan]]:
    """Terminal name -> its log of the month, in the order of the terminal's own clock."""
    logs: dict[str, list[Scan]] = {}
    for number, person in enumerate(people()):
        log = logs.setdefault(person.unit.terminal, [])
        log.extend(_example(person) if number == 0 else _habits(person, random.Random(f"{SEED} {person.nip}")))
    return {terminal: sorted(log, key=lambda scan: (scan.at, scan.pin)) for terminal, log in logs.items()}


def _example(person: Person) -> Iterator[Scan]:
    for day in working_days():
        clean = (time(7, 20), time(16, 35))
        yield from _pair(person, day, *E1_EXCEPTIONS.get(day.day, clean))


ABSENT = 0.008
"""Chance that a working day is missed without a word; the others likewise."""
NO_SCAN_IN, NO_SCAN_OUT = 0.006, 0.009
TRAFFIC, LEAVES_EARLY, PRESSES_TWICE = 0.05, 0.03, 0.06


def _habits(person: Person, chance: random.Random) -> Iterator[Scan]:
    usual = chance.gauss(-14, 7)  # minutes after the start of work
    for day in working_days():
        if chance.random() < ABSENT:
            continue
        late = chance.gauss(usual, 6) + (chance.expovariate(1 / 35) if chance.random() < TRAFFIC else 0)
        over = chance.expovariate(1 / 18) - (chance.expovariate(1 / 30) if chance.random() < LEAVES_EARLY else 0)
        end = END_ON_FRIDAY if day.weekday() == FRIDAY else END
        come = None if chance.random() < NO_SCAN_IN else _after(day, START, late)
        go = None if chance.random() < NO_SCAN_OUT else _after(day, end, over)
        yield from _pair(person, day, come, go)
        if come and chance.random() < PRESSES_TWICE:
            yield Scan(person.pin, datetime.combine(day, come) + timedelta(seconds=chance.randint(1, 40)), IN)


def _after(day: date, start: time, minutes: float) -> time:
    return (datetime.combine(day, start) + timedelta(seconds=round(60 * minutes))).time()


def _pair(person: Person, day: date, come: time | None, go: time | None) -> Iterator[Scan]:
    if come:
        yield Scan(person.pin, datetime.combine(day, come), IN)
    if go:
        yield Scan(person.pin, datetime.combine(day, go), OUT)


def activities() -> Iterator[Activity]:
    """What each person delivered; the superior has not verified everything."""
    for person in people():
        chance = random.Random(f"{SEED} work {person.nip}")
        diligence = chance.uniform(0.75, 1.1)
        for day in working_days():
            if chance.random() > diligence:
                continue
            status = chance.choices(("verified", "submitted", "returned"), (94, 4, 2))[0]
            volume = chance.choice(("1", "2", "2.5", "3"))
            weight = chance.choice(("1", "1.5", "2", "2.5"))
            yield Activity(person.nip, f"{day:%m%d}", day, chance.choice(TITLES), volume, weight, status)


TARGET_POINTS = "70"
"""What the SKP promises for the month, the same for everybody in the demo."""
