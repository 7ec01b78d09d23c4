"""`make bench`: one JSON object per benchmark and line; `make bench ARGS=NAME` runs one."""

import json
import sys

from benchmarks import accept, decode, durable, mqtt, poison, poll, score

BENCHMARKS = {module.NAME: module.run for module in (decode, accept, poll, mqtt, poison, durable, score)}


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; progress goes to standard error."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"No benchmark is called {unknown[0]}; there are {', '.join(BENCHMARKS)}.\n")
        return 2
    for name in names or BENCHMARKS:
        sys.stderr.write(f"{name} …\n")
        for result in BENCHMARKS[name]():
            sys.stdout.write(json.dumps(result) + "\n")
            sys.stdout.flush()
    return 0


sys.exit(main(sys.argv[1:]))
