"""`make bench`: one JSON object per benchmark and line; `make bench ARGS=NAME` runs one.

`make bench ARGS="month --employees 50000,100000,200000"` measures the scored month of so many employees.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import accept, decode, durable, month, mqtt, poison, poll, score

BENCHMARKS: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
    module.NAME: module.run for module in (decode, accept, poll, mqtt, poison, durable, score, month)
}


def main(arguments: list[str]) -> int:
    """Run the named benchmarks, or all; progress goes to standard error."""
    parser = argparse.ArgumentParser(prog="benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--employees", type=_numbers, default=month.EMPLOYEES, help="of month: 50000,100000,200000")
    asked = parser.parse_args(arguments)
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"No benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}.\n")
        return 2
    for name in asked.names or BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        for result in month.run(asked.employees) if name == month.NAME else BENCHMARKS[name]():
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()
    return 0


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


sys.exit(main(sys.argv[1:]))
