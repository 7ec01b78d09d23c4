"""Two hundred made-up employees in four units and three time zones; the same people at every start."""

import random
from dataclasses import dataclass
from datetime import date

SEED = 2026
RULEBOOK = "kemensos-eperformance"

GIVEN_NAMES = (
    "Adi Agus Ahmad Andi Arif Bambang Budi Cahyo Dedi Dian Dwi Eka Endang Fajar Fitri Galih Gita Hadi Hendra Indah "
    "Irma Joko Kartika Lestari Made Maya Nanda Nining Nur Nyoman Putri Rahmat Ratna Rina Rizal Sari Siti Slamet Sri "
    "Surya Taufik Teguh Tri Umar Utami Vina Wahyu Wayan Yanti Yusuf Yohanes Zainal"
).split()
FAMILY_NAMES = (
    "Anwar Basri Darmawan Effendi Firmansyah Gunawan Halim Hartono Hidayat Irawan Kurniawan Kusuma Lubis Mahendra "
    "Manurung Maulana Nasution Nugroho Pangestu Permata Pranoto Pratama Purnomo Putra Rahayu Ramadhan Saputra Setiawan "
    "Siregar Simatupang Subekti Sudirman Suharto Sulistyo Suryadi Susanti Sutrisno Tanjung Tarigan Utomo Wibowo Widodo "
    "Wijaya Wulandari Yulianto Zulkarnain"
).split()


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the demo office and the terminal that hangs at its door."""

    code: str
    name: str
    parent: str
    time_zone: str
    terminal: str
    headcount: int


@dataclass(frozen=True, slots=True)
class Person:
    """An employee and the enrolment on the unit's terminal."""

    nip: str
    name: str
    unit: Unit
    allowance_class: int
    pin: str


UNITS = (
    Unit("SEKJEN", "Sekretariat Jenderal", "", "Asia/Jakarta", "jakarta-lobi", 80),
    Unit("SENTRA-MKS", "Sentra Wirajaya Makassar", "SEKJEN", "Asia/Makassar", "makassar-lobi", 50),
    Unit("SENTRA-JAP", "Sentra Mulia Jayapura", "SEKJEN", "Asia/Jayapura", "jayapura-lobi", 30),
    Unit("SENTRA-BDG", "Sentra Harapan Bandung", "SEKJEN", "Asia/Jakarta", "bandung-wajah", 40),
)


def people() -> list[Person]:
    """All employees, in the order of their units. The first one lives the month of worked example E1 (rules.md §9)."""
    chance = random.Random(SEED)
    numbers = iter(range(1, 1000))
    return [_person(chance, unit, next(numbers), pin) for unit in UNITS for pin in range(1, unit.headcount + 1)]


def _person(chance: random.Random, unit: Unit, number: int, pin: int) -> Person:
    born = date(chance.randint(1968, 1998), chance.randint(1, 12), chance.randint(1, 28))
    appointed = date(born.year + chance.randint(22, 27), chance.choice((1, 3, 12)), 1)
    nip = f"{born:%Y%m%d}{appointed:%Y%m}{chance.choice('12')}{number:03}"
    name = f"{chance.choice(GIVEN_NAMES)} {chance.choice(FAMILY_NAMES)}"
    allowance_class = chance.choices((5, 6, 7, 8, 9, 10, 11, 12), (10, 14, 22, 20, 18, 8, 5, 3))[0]
    return Person(nip, name, unit, allowance_class, str(pin))
