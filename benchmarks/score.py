"""One month of 50,000 employees: punches in memory → work days, scores and steps, against one bare group-by."""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from config.calendars import calendar
from config.rulebooks import rulebook
from scoring.engine import Scored, every_day, scored
from scoring.frames import PUNCHES, RESULTS, TERMINALS
from scoring.laws import PeriodLaw, period_law

NAME = "score"
EMPLOYEES = 50_000
RUNS = 5
GOAL = 5.0
ZONE = "Asia/Jakarta"
RULEBOOK = "kemensos-eperformance"
"""The one with the most to compute: output, weights, cap."""
TERMINALS_OF_ALL = 120
SEED = 2026
MIB = 1024
"""In kB, as Linux counts."""


def law() -> PeriodLaw:
    return period_law(rulebook(RULEBOOK), calendar(), date(2026, 1, 1), date(2026, 1, 31))


def punches(employees: int) -> pl.DataFrame:
    """PUNCHES and `date`, in the order of time, one chunk.

    Each working day two scans each; 5 % of the mornings late, 3 % of the afternoons early, 1 % of the scans missing,
    half a percent of the days absent, 4 % double taps.
    """
    chance = np.random.default_rng(SEED)
    days = [row["expected_in"] for row in law().days.filter(pl.col("kind") == "work").to_dicts()]
    ends = [row["expected_out"] for row in law().days.filter(pl.col("kind") == "work").to_dicts()]
    who = np.repeat(np.arange(employees, dtype=np.int32), len(days))
    came = chance.random(len(who)) > 0.005
    arrival = _seconds(days, employees) - chance.integers(0, 1800, len(who))
    arrival += np.where(chance.random(len(who)) < 0.05, chance.integers(1800, 7200, len(who)), 0)
    leaving = _seconds(ends, employees) + chance.integers(0, 3600, len(who))
    leaving -= np.where(chance.random(len(who)) < 0.03, chance.integers(3600, 9000, len(who)), 0)
    both = np.concatenate([who, who]), np.concatenate([arrival, leaving]), np.concatenate([came, came])
    kept = both[2] & (chance.random(len(both[0])) > 0.01)
    employee, at = both[0][kept], both[1][kept]
    tapped = chance.random(len(employee)) < 0.04
    employee, at = np.concatenate([employee, employee[tapped]]), np.concatenate([at, at[tapped] + 2])
    frame = pl.DataFrame({"employee": employee, "at": at.astype(np.int64)}).select(
        "employee",
        terminal=(pl.col("employee") % TERMINALS_OF_ALL).cast(pl.Int32),
        pin=pl.col("employee").cast(pl.String).str.zfill(8),
        local_time=pl.from_epoch("at").cast(pl.Datetime("us")),
        state=pl.lit(255, pl.Int16),
    )
    return frame.with_columns(date=pl.col("local_time").dt.date()).sort("local_time", "employee").rechunk()


def _seconds(moments: list[datetime], employees: int) -> "np.ndarray[Any, np.dtype[np.int64]]":
    epoch = datetime(1970, 1, 1)  # noqa: DTZ001 - wall-clock time
    return np.tile(np.array([(at - epoch) // timedelta(seconds=1) for at in moments], dtype=np.int64), employees)


def ours(frame: pl.DataFrame, terminals: pl.DataFrame, results: pl.DataFrame, said: PeriodLaw) -> Scored:
    wanted = every_day(results["employee"], said)
    return scored(wanted, frame.select(PUNCHES.keys()), terminals, results, law=said, time_zone=ZONE)


def peer(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.group_by("pin", "date").agg(first=pl.col("local_time").min(), last=pl.col("local_time").max())


def streaming(frame: pl.DataFrame) -> pl.DataFrame:
    times = pl.col("local_time")
    query = frame.lazy().group_by("pin", "date").agg(first=times.min(), last=times.max())
    return query.collect(engine="streaming")


def taken(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run() -> Iterator[dict[str, Any]]:
    """Alternating runs on the same frame, and the peak memory of one run in a process of its own."""
    frame, said = punches(EMPLOYEES), law()
    terminals, results = facts(EMPLOYEES)
    done = ours(frame, terminals, results, said)
    assert done.scores.height == EMPLOYEES
    seen = done.work_days.filter(pl.col("first_in").is_not_null() | pl.col("last_out").is_not_null())
    assert seen.height == peer(frame).height
    streaming(frame)
    times = [
        (
            taken(lambda: ours(frame, terminals, results, said)),
            taken(lambda: peer(frame)),
            taken(lambda: streaming(frame)),
        )
        for _ in range(RUNS)
    ]
    ratios = sorted(mine / bare for mine, bare, _ in times)
    yield {
        "name": NAME,
        "ours": round(statistics.median(mine for mine, _, _ in times), 4),
        "peer": round(statistics.median(bare for _, bare, _ in times), 4),
        "unit": f"seconds for a month of {EMPLOYEES} employees",
        "ratio": round(statistics.median(ratios), 2),
        "min": round(ratios[0], 2),
        "max": round(ratios[-1], 2),
        "runs": RUNS,
        "goal": GOAL,
        "better": "lower",
        "streaming": round(statistics.median(stream for _, _, stream in times), 4),
        "punches": frame.height,
        "work_days": done.work_days.height,
        "steps": done.day_steps.height + done.period_steps.height,
        **peak_memory(frame),
    }


def facts(employees: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    terminals = pl.DataFrame(
        [(number, f"terminal-{number:03d}", ZONE) for number in range(TERMINALS_OF_ALL)], schema=TERMINALS, orient="row"
    )
    chance = np.random.default_rng(SEED)
    points = pl.Series(chance.integers(600_000, 1_300_000, employees))
    results = pl.DataFrame({"employee": range(employees), "points": points, "target": [10_000] * employees})
    return terminals, results.cast(dict(RESULTS.items()))


def peak_memory(frame: pl.DataFrame) -> dict[str, int]:
    """MiB of a process that reads the punches from a file, and of one that also scores them."""
    root = Path(__file__).parent.parent
    code = "import sys, benchmarks.score as b; print(b.peak(sys.argv[1], score={}))"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "punches.arrow"
        frame.write_ipc(file)
        only, both = (
            int(subprocess.check_output([sys.executable, "-c", code.format(score), file], cwd=root, text=True))
            for score in (False, True)
        )
    return {"peak_mib": both, "peak_mib_of_punches": only}


def peak(file: str, *, score: bool) -> int:
    """Peak resident MiB of this process with the punches in memory, after scoring them or not (Linux).

    Not getrusage: its peak is inherited from the process that started this one.
    """
    frame = pl.read_ipc(file).rechunk()
    if score:
        ours(frame, *facts(EMPLOYEES), law())
    (line,) = (line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if "VmHWM" in line)
    return int(line.split()[1]) // MIB
