"""Links between the collector and terminals, broker, database that are cut, stall, crawl, lag or break in a frame."""

import random
from collections.abc import Callable

import pytest

from tests.faults.conftest import OfficeOn
from tests.faults.office import Office
from tests.faults.proxy import GOOD, Link, Trouble


def cut(link: Link, _chance: random.Random) -> None:
    link.cut()


def refuse(link: Link, _chance: random.Random) -> None:
    link.become(Trouble(refuses=True))
    link.cut()


def stall(link: Link, _chance: random.Random) -> None:
    link.become(Trouble(stalls=True))


def slow(link: Link, chance: random.Random) -> None:
    link.become(Trouble(bytes_per_second=chance.randint(500, 20_000)))


def lag(link: Link, chance: random.Random) -> None:
    link.become(Trouble(delay=chance.uniform(0.01, 0.3)))


def break_in_a_frame(link: Link, chance: random.Random) -> None:
    link.become(Trouble(breaks_after=chance.randint(1, 2000)))


TROUBLES: list[Callable[[Link, random.Random], None]] = [cut, refuse, stall, slow, lag, break_in_a_frame]


def rounds(office: Office, troubles: list[Callable[[Link, random.Random], None]], longest: float) -> None:
    """One trouble after the other, each at a link drawn by lot; some links heal while others suffer."""
    links = sorted(office.links)
    with office.people_punching():
        for trouble in troubles:
            trouble(office.links[office.chance.choice(links)], office.chance)
            office.wait(longest)
            office.links[office.chance.choice(links)].become(GOOD)
            office.tend()
    for link in office.links.values():
        link.become(GOOD)
    office.require_nothing_lost()


@pytest.mark.long
@pytest.mark.timeout(180)
def test_each_trouble_of_a_link_loses_nothing(office_on: OfficeOn) -> None:
    with office_on("embedded") as office:
        rounds(office, office.chance.sample(TROUBLES, len(TROUBLES)), 1.2)


@pytest.mark.long
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("kind", "looks"), [("embedded", 8), ("timescale", 3)])
def test_links_in_trouble_again_and_again_lose_nothing(office_on: OfficeOn, kind: str, looks: int) -> None:
    with office_on(kind) as office:
        for _ in range(looks):
            rounds(office, office.chance.choices(TROUBLES, k=15), 2.0)
        assert sum(link.broken for link in office.links.values()) > 0, "some broke in the middle of a frame"
