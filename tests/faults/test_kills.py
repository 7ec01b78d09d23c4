"""Kill -9 of collector, database and broker at random moments, alone and in pairs, while people punch.

The broker acknowledges from memory and saves every two seconds, so no test can hold it to what it acknowledged since.
The MQTT terminal is therefore one with an outbox (tests/faults/senders.py): what was acknowledged within ten seconds
before its connection ended is sent again (docs/mqtt.md). All else that was ever acknowledged is held to the letter.
"""

import itertools

import pytest

from tests.faults.conftest import OfficeOn
from tests.faults.office import Office

PARTS = ("collector", "database", "broker")
VICTIMS = [*((part,) for part in PARTS), *itertools.combinations(PARTS, 2)]
ROUNDS_BETWEEN_LOOKS = 10
LONGEST_WAIT = 2.5
"""Seconds: a new collector is met anywhere between its start and its work."""


def kill(office: Office, victims: tuple[str, ...]) -> None:
    for victim in office.chance.sample(victims, len(victims)):
        match victim:
            case "collector":
                office.kill_collector()
            case "database":
                office.database.kill()
            case "broker":
                office.kill_broker()


def revive(office: Office, victims: tuple[str, ...]) -> None:
    if "database" in victims:
        office.database.revive()
    if "broker" in victims:
        office.broker.start()
    if "collector" in victims:
        office.start_collector()
    else:
        office.tend()


def rounds(office: Office, victims: list[tuple[str, ...]], longest_wait: float) -> None:
    with office.people_punching():
        for each in victims:
            office.wait(longest_wait)
            kill(office, each)
            office.wait(0.2)
            revive(office, each)
    office.require_nothing_lost()


@pytest.mark.timeout(180)
def test_ten_kills_lose_nothing_and_double_nothing(office_on: OfficeOn) -> None:
    with office_on("embedded") as office:
        victims = [*VICTIMS, *office.chance.choices(VICTIMS, k=10 - len(VICTIMS))]
        victims.sort(key=lambda each: "broker" not in each)  # the pauses before a new connection pass meanwhile
        rounds(office, victims, 0.8)
        assert len(office.held) > 100


@pytest.mark.long
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("kind", "looks"), [("embedded", 16), ("timescale", 5)])
def test_many_kills_lose_nothing_and_double_nothing(office_on: OfficeOn, kind: str, looks: int) -> None:
    """160 rounds on the embedded server and 50 on TimescaleDB; a round kills one part or two."""
    with office_on(kind) as office:
        for _ in range(looks):
            rounds(office, office.chance.choices(VICTIMS, k=ROUNDS_BETWEEN_LOOKS), LONGEST_WAIT)
