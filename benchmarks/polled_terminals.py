"""The pretended terminals of the poll benchmark, in a process of their own: `python -m benchmarks.polled_terminals`.

Prints their ports as JSON: good ones first, then slow ones, then silent ones. Answers each line of its input with the
number of records in the good ones' logs, until the input ends.
"""

import json
import sys
from datetime import datetime, timedelta

from devices.simulator.zk.many import ManyTerminals
from devices.simulator.zk.records import StoredPunch
from devices.simulator.zk.session import Body
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal

FIRST = datetime.fromisoformat("2026-01-05 07:00:00")
PEOPLE = 30
SLOW_ANSWER_SECONDS = 0.5


def main(good: int, slow: int, silent: int, records: int) -> None:
    pins = [str(1 + number % PEOPLE) for number in range(records)]
    log = [StoredPunch(pin, FIRST + timedelta(seconds=25 * number), number % 2) for number, pin in enumerate(pins)]
    terminals = [SimulatedTerminal(f"BENCH{number:05}", people_of(pins), log) for number in range(good + slow + silent)]
    waits = [0.0] * good + [SLOW_ANSWER_SECONDS] * slow + [None] * silent

    def somebody_punches(body: Body) -> None:
        """Each poll finds one record more."""
        body.memory.store(StoredPunch("1", FIRST + timedelta(seconds=25 * body.memory.records()), 1))

    with ManyTerminals(terminals, waits, somebody_punches).serving() as ports:
        print(json.dumps(ports), flush=True)
        for _ in sys.stdin:
            print(sum(terminal.memory.records() for terminal in terminals[:good]), flush=True)


main(*map(int, sys.argv[1:]))
