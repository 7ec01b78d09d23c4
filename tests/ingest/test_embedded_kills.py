"""Kill -9 again and again, of whoever lives: nothing committed is lost, and the next command finds a server."""

import contextlib
import os
import random
import signal
import time
from pathlib import Path

import psycopg
import pytest

from ingest import embedded
from tests.ingest.holders import answers, ask, holding, server_pid

ROUNDS = 25


@pytest.mark.long
@pytest.mark.timeout(300)
def test_nothing_committed_is_lost_over_many_kills(open_folder: Path) -> None:
    data_dir = open_folder / "data"
    chance = random.Random(4370)
    with embedded.running(data_dir) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (round integer)")
    for number in range(ROUNDS):
        with holding(data_dir) as one, holding(data_dir) as two:
            url = one.url()
            with psycopg.connect(url) as connection:
                connection.execute("INSERT INTO kept VALUES (%s)", [number])
            time.sleep(chance.uniform(0, 0.2))  # so that the second one is met anywhere between starting and holding
            victims = chance.sample([one.process.pid, two.process.pid, server_pid(data_dir)], chance.randint(1, 3))
            for victim in victims:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
    with embedded.running(data_dir) as url:
        assert ask(url, "SELECT array_agg(round ORDER BY round) FROM kept") == list(range(ROUNDS))
    assert not answers(url)
