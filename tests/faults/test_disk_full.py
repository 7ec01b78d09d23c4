"""A database whose disk is full in the middle of storing: once there is room again, nothing is lost.

A server that ends for want of room is started again by who holds it, as `tepat up` does every two seconds. The
collector goes on all the while.
"""

import os
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.errors import TepatError
from demo.broker import mosquitto_program
from devices.records import Punch
from ingest.server_folder import prepared
from tests.conftest import missing
from tests.faults.databases import OwnServer, own_server
from tests.faults.office import Office

MEGABYTES = 192
SPARE = 64 * 1024
"""Bytes left on the disk: a few pages of the database."""


@pytest.fixture
def small_disk(open_folder: Path) -> Iterator[Path]:
    """A folder on a disk of its own."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    place = open_folder / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=711", "tmpfs", str(place)], check=False
    )
    if mounted.returncode != 0:
        missing("this machine lets root mount no disk of its own")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill(disk: Path) -> Path:
    """Take all room but for SPARE."""
    filler = disk / "filler"
    free = os.statvfs(disk)
    with filler.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, free.f_bavail * free.f_frsize - SPARE)
    return filler


def many(office: Office) -> list[Punch]:
    """More punches than the database has room for."""
    return [office.made_up() for _ in range(office.chance.randint(8_000, 12_000))]


def no_room_was_left(database: OwnServer, seconds: float = 30) -> bool:
    log = prepared(database.data_dir).log
    deadline = time.monotonic() + seconds
    while b"No space left on device" not in log.read_bytes():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def held_up(database: OwnServer) -> None:
    """What `tepat up` does for a server that has ended."""
    try:
        database.revive()
    except TepatError as error:
        print(f"not yet: {error}")


def test_a_full_disk_loses_nothing(small_disk: Path, open_folder: Path, chance: random.Random) -> None:
    program = mosquitto_program() or missing("mosquitto is not installed")
    with own_server(small_disk / "server") as database, Office(open_folder, database, program, chance) as office:
        with office.people_punching():
            filler = fill(small_disk)
            office.punch_at_zk(0, many(office))
            assert no_room_was_left(database), "the disk was full indeed"
            held_up(database)
            filler.unlink()
            database.revive()
        office.require_nothing_lost()
        assert office.collector is not None
        assert office.collector.poll() is None
