"""A database that is down while people punch: all is stored at most 10 s after it is back, and nothing is restarted."""

import threading
import time

import pytest

from tests.faults.conftest import OfficeOn
from tests.faults.databases import OwnServer
from tests.faults.office import RECOVERY_SECONDS, Office


def live_through(office: Office, seconds_down: float) -> float:
    """The seconds between the first answer of the database and the last punch stored."""
    assert isinstance(office.database, OwnServer)
    assert office.collector is not None
    assert office.broker.process is not None
    before = office.collector.pid, office.broker.process.pid
    with office.people_punching():
        office.database.stop()
        threading.Event().wait(seconds_down)
        assert not office.database.answers()
        office.database.revive()
        begin = time.monotonic()
    office.require_nothing_lost(RECOVERY_SECONDS - (time.monotonic() - begin))
    assert (office.collector.pid, office.broker.process.pid) == before
    assert office.collector.poll() is None
    return time.monotonic() - begin


@pytest.mark.long
def test_a_database_that_was_away_for_seconds(office_on: OfficeOn) -> None:
    with office_on("embedded") as office:
        live_through(office, 2)


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_database_that_was_away_for_five_minutes(office_on: OfficeOn) -> None:
    with office_on("embedded") as office:
        took = live_through(office, 300)
        print(f"{len(office.held)} punches, all stored {took:.1f} s after the database was back")
