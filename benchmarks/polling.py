"""The collector of the poll benchmark, in a process of its own, so that its memory is nobody else's.

`python -m benchmarks.polling once|keep SECONDS`, with the database and folder of the settings; prints figures as JSON.
"""

import json
import resource
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import config.settings
from collector.rounds import QUICK_WORKERS, Rounds, poll_all, registered
from collector.share import ALONE
from config.log import configure
from devices.zk import terminal as zk
from ingest.database import ConnectionPool, opened
from ingest.terminals import Terminal


def bare(pool: ConnectionPool) -> float:
    """Terminals a second of a loop that only asks each for its sizes, the least that a poll must do."""
    found = registered(pool, ALONE)

    def asked(terminal: Terminal) -> None:
        assert terminal.address is not None
        with zk.open_terminal(terminal.address) as device:
            device.read_sizes()

    begun = time.perf_counter()
    with ThreadPoolExecutor(QUICK_WORKERS) as workers:
        for _ in workers.map(asked, found):
            pass
    return len(found) / (time.perf_counter() - begun)


def once(pool: ConnectionPool, data_dir: Path) -> float:
    """Terminals a second of polling each once."""
    begun = time.perf_counter()
    done = poll_all(pool, data_dir)
    seconds = time.perf_counter() - begun
    failed = [poll.error for poll in done if poll.error is not None]
    assert not failed, failed[:3]
    return len(done) / seconds


def kept_up(pool: ConnectionPool, settings: config.settings.Settings, seconds: float) -> dict[str, float]:
    """What the endless round takes and how far it falls behind, over so many seconds."""
    stop = threading.Event()
    rounds = Rounds(settings, pool)
    threading.Timer(seconds, stop.set).start()
    rounds.run(stop)
    return {"latest": rounds.latest, "polls": rounds.polls}


def largest_memory() -> float:
    """MiB that this process had in memory at its worst; the kernel says KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(task: str, seconds: float) -> None:
    settings = config.settings.load()
    configure("ERROR")
    with opened(settings, migrate=False) as pool:
        before = largest_memory()
        figures: dict[str, float] = {}
        if task == "once":
            figures = {"bare": bare(pool), "polled": once(pool, settings.data_dir)}
        else:
            figures = kept_up(pool, settings, seconds)
        print(json.dumps({**figures, "memory_before": before, "memory": largest_memory()}), flush=True)


main(sys.argv[1], float(sys.argv[2]))
