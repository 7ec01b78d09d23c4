"""Pretended ZK terminals in a process of their own, told what happens to them by lines of JSON."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast

from devices.records import Punch
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RecordSize
from devices.simulator.zk.sources import people_of
from devices.simulator.zk.terminal import SimulatedTerminal

ROOT = Path(__file__).parent.parent.parent
PINS = [str(number) for number in range(1, 51)]


def answer(terminals: Sequence[SimulatedTerminal], asked: dict[str, Any]) -> object:
    """Do one thing to one terminal, and say what came of it."""
    terminal = terminals[asked["terminal"]]
    match asked["do"]:
        case "punch":
            return [terminal.punch(pin, datetime.fromisoformat(when), state) for pin, when, state in asked["punches"]]
        case "set clock":
            terminal.clock.set(datetime.fromisoformat(asked["to"]))
        case "faults":
            terminal.faults = Faults(**asked["faults"])
        case "punch now":
            return terminal.punch(asked["pin"])
        case "records":
            return [record.hex() for record in terminal.memory.log_records()]
    return None


def serve(kinds: Sequence[str]) -> None:
    """One terminal a kind (record size, with u for UDP); ends with its standard input."""
    terminals = [
        SimulatedTerminal(f"FAULTS{number}", people_of(PINS), record_size=cast("RecordSize", int(kind.rstrip("u"))))
        for number, kind in enumerate(kinds)
    ]
    with contextlib.ExitStack() as stack:
        bound = [
            stack.enter_context(terminal.serving(udp=kind.endswith("u")))
            for terminal, kind in zip(terminals, kinds, strict=True)
        ]
        print(json.dumps(bound), flush=True)
        for line in sys.stdin:
            print(json.dumps(answer(terminals, json.loads(line))), flush=True)


class ZkProcess:
    """The process, as seen from a test. addresses: (host, port) of each terminal."""

    def __init__(self, kinds: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zk_process", *kinds],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._alone = threading.Lock()
        assert self._process.stdout is not None
        self.addresses: list[tuple[str, int]] = [tuple(it) for it in json.loads(self._process.stdout.readline())]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(20)
        finally:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()

    def punch(self, terminal: int, punches: Sequence[Punch]) -> None:
        taken = self._ask(
            terminal, "punch", punches=[(pin, when.isoformat(), state) for pin, when, state, *_ in punches]
        )
        assert taken == [True] * len(punches), "an enabled terminal takes every punch"

    def set_clock(self, terminal: int, when: datetime) -> None:
        self._ask(terminal, "set clock", to=when.isoformat())

    def set_faults(self, terminal: int, **faults: object) -> None:
        self._ask(terminal, "faults", faults=faults)

    def punch_now(self, terminal: int, pin: str) -> bool:
        """At the time its clock shows."""
        return bool(self._ask(terminal, "punch now", pin=pin))

    def all_records(self) -> set[bytes]:
        """The logs of all terminals."""
        logs = [self._ask(terminal, "records") for terminal in range(len(self.addresses))]
        return {bytes.fromhex(record) for log in logs for record in log}

    def _ask(self, terminal: int, do: str, **what: object) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._alone:
            self._process.stdin.write(json.dumps({"terminal": terminal, "do": do, **what}) + "\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())


if __name__ == "__main__":
    serve(sys.argv[1:])
