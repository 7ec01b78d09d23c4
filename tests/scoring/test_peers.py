"""Scenarios of other attendance systems, run through our stages; peers.toml names where we differ and why."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from scoring.engine import work_days
from scoring.frames import PUNCHES, WANTED
from scoring.schedule import ROSTERED
from scoring.undecided import SYNCED, waiting
from tests.scoring.office import TERMINALS_OF_ONE_ZONE, ZONE, law_of, with_seconds

OURS = tomllib.loads((Path(__file__).parent.parent / "law_cases" / "peers.toml").read_text(encoding="utf-8"))
ELSEWHERE: dict[str, str] = OURS["other_subjects"]
DIFFER = {(each["id"], each["key"]): each["ours"] for each in OURS["differ"]}
D = date(2026, 1, 14)
"""The day under test: a Wednesday amid working days. Scenarios of a given date are moved there."""
NOW = datetime(2026, 1, 14, 16, 30)  # noqa: DTZ001  wall-clock time of the unit
AT = re.compile(r"D(?P<days>[+-]\d+)? (?P<clock>[\d:]+)|(?P<ago>-?\d+)m?$")
KEYS = {"IN": 0, "OUT": 1}
NINE_HOURS = 9 * 60
Scenario = Mapping[str, Any]


def minutes(clock: str) -> int:
    hours, rest = clock.split(":")[:2]
    return int(hours) * 60 + int(rest)


def moment(scenario: Scenario, said: str) -> tuple[datetime, int]:
    """A scan as the unit's clock shows it, moved to around D, and the state of its key."""
    text = said.removesuffix(" IN").removesuffix(" OUT")
    state = KEYS.get(said.rsplit(maxsplit=1)[-1], 255)
    if found := AT.fullmatch(text):
        if found["clock"] is None:
            return NOW + timedelta(minutes=int(found["ago"])), state
        at = datetime.fromisoformat(f"{D} {found['clock'].zfill(5)}")
        return at + timedelta(days=int(found["days"] or 0)), state
    at = datetime.fromisoformat(text)
    if at.tzinfo is not None:
        at = at.astimezone(ZoneInfo(scenario["shift"]["tz"])).replace(tzinfo=None)
    return at + (D - day_of(scenario)), state


def day_of(scenario: Scenario) -> date:
    """The date that the scenario calls the day under test."""
    expected = scenario["expected"]
    named = expected.get("attendance_date", expected.get("date", "D"))
    return date.fromisoformat(named if named != "D" else scenario["punches"][0][:10])


def duties(scenario: Scenario, employee: int) -> Iterator[tuple[Any, ...]]:
    """Rows of ROSTERED: the shifts of D, or of the days that the scenario names, with their windows."""
    shift = {**scenario["shift"], **OURS["shifts"].get(scenario["id"], {})}
    absent = [int(day[1:] or 0) for day in scenario["expected"].get("absent_dates", [])]
    for offset in [*absent, 0]:
        day = D + timedelta(days=offset)
        if shift.get("holiday") and not shift.get("mark_on_holidays"):
            yield (employee, day, True, "holiday", "peer", 1, *(None,) * 6)
            continue
        for number, one in enumerate(shift.get("shifts", [shift]), 1):
            end = minutes(one.get("end", "17:00"))
            start = minutes(one["start"]) if "start" in one else max(0, end - NINE_HOURS)
            end += 24 * 60 if end <= start else 0
            before, after = shift.get("begin_before_min"), shift.get("allow_after_min")
            windows = (before and start - before, after and end + after) * 2
            yield (employee, day, True, "", "peer", number, start, end, *windows)


def asked(scenarios: list[Scenario]) -> Iterator[tuple[int, Scenario, list[str]]]:
    """An employee with all scans of a scenario, and one for each scan alone: whether it belongs to the duty."""
    number = 0
    for scenario in scenarios:
        for scans in [scenario["punches"], *([scan] for scan in scenario["punches"])]:
            if not set(scenario["expected"]) <= set(ELSEWHERE):
                yield number, scenario, scans
                number += 1


def judged(scenarios: list[Scenario]) -> tuple[list[tuple[int, Scenario, list[str]]], pl.DataFrame]:
    """The cases, and the work days of all of them, computed in one frame."""
    cases = list(asked(scenarios))
    members = [case for case in cases if case[1]["id"] not in OURS["no_member"]["ids"]]
    rostered = [row for number, scenario, _ in members for row in duties(scenario, number)]
    punches = [
        (number, 1, f"{number:04d}", *moment(scenario, scan)) for number, scenario, scans in members for scan in scans
    ]
    days, _ = work_days(
        pl.DataFrame(sorted({row[:2] for row in rostered}), schema=WANTED, orient="row"),
        pl.DataFrame(punches, schema=PUNCHES, orient="row"),
        TERMINALS_OF_ONE_ZONE,
        law_of(with_seconds("kementan-2012", "counted"), f"{D:%Y-%m}"),
        ZONE,
        rostered=pl.DataFrame(rostered, schema=ROSTERED, orient="row"),
    )
    return cases, days


def answers(scenario: Scenario, days: pl.DataFrame, first: int, waits: set[date]) -> dict[str, Any]:
    """What we say of a scenario, by the keys of its expectation. first: the employee with all its scans."""
    rows = days.filter(pl.col("employee") == first).to_dicts()
    today = next((row for row in rows if row["day"] == D), None)
    alone = [_belongs(days, first + n) for n in range(1, len(scenario["punches"]) + 1)]
    expected, shift = scenario["expected"], scenario["shift"]
    told: dict[str, Any] = {
        "status": None if D in waits else _status(today, shift, str(expected.get("status"))),
        "absent_dates": [_named(row["day"]) for row in rows if row["absent"] and row["day"] not in waits],
        "undecided": sorted(_named(day) for day in waits),
        "belongs": _as_asked(alone, expected.get("belongs"), scenario),
        **{key: expected.get(key) if all(alone) else "none" for key in ("attendance_date", "shift_date", "date")},
    }
    if today is None or today["expected_in"] is None:
        return told
    late = today["minutes_late"] - shift.get("grace_late_min", 0)
    early = today["minutes_early"] - shift.get("grace_early_min", 0)
    told |= {
        "late": today["minutes_late"] if type(expected.get("late")) is int else late > 0,
        "early": early > 0,
        "late_h": -(-today["minutes_late"] // 60),
        "undertime_h": today["minutes_early"] / 60,
    }
    if today["first_in"] and today["last_out"]:
        told["hours"] = (today["last_out"] - today["first_in"]).total_seconds() / 3600
    return told | {"in_": _clock(today["first_in"], expected), "out": _clock(today["last_out"], expected)}


def _status(today: dict[str, Any] | None, shift: Mapping[str, Any], expected: str) -> str | None:
    """In the words of the source: of some only present or absent, of others on time or late."""
    if today is None or today["kind"] != "work":
        return None
    if today["absent"]:
        return {"Tidak Masuk": "Tidak Masuk", "absent": "absent"}.get(expected, "Absent")
    if expected in {"Tepat Waktu", "Telat"}:
        return "Telat" if today["minutes_late"] > shift.get("grace_late_min", 0) else "Tepat Waktu"
    return "Present"


def _belongs(days: pl.DataFrame, employee: int) -> int | None:
    """The shift of D that a single scan was taken for."""
    taken = days.filter(
        (pl.col("employee") == employee)
        & (pl.col("day") == D)
        & (pl.col("first_in").is_not_null() | pl.col("last_out").is_not_null())
    )
    return taken["shift"].to_list()[0] if taken.height else None


def _as_asked(alone: list[int | None], expected: object, scenario: Scenario) -> object:
    if "shifts" in scenario["shift"]:
        return [None if shift is None else f"S{shift}" for shift in alone]
    return [shift is not None for shift in alone] if isinstance(expected, list) else all(alone)


def _named(day: date) -> str:
    offset = (day - D).days
    return f"D{offset:+}" if offset else "D"


def _clock(at: datetime | None, expected: Mapping[str, Any]) -> str | None:
    if at is None:
        return None
    ago = int((at - NOW).total_seconds() // 60)
    relative = str(expected.get("in_", "")).endswith("m")
    return (f"{ago}m" if ago else "0") if relative else f"{at:%H:%M:%S}"


def waiting_days(scenario: Scenario, days: pl.DataFrame, employee: int) -> set[date]:
    if (said := OURS["synced"].get(scenario["id"])) is None:
        return set()
    until = moment(scenario, said)[0].replace(tzinfo=ZoneInfo(ZONE)).astimezone(ZoneInfo("UTC")).replace(tzinfo=None)
    synced = pl.DataFrame([(employee, 1, date(2025, 1, 1), None, until, None)], schema=SYNCED, orient="row")
    mine = days.filter(pl.col("employee") == employee)
    return set(waiting(mine, synced, ZONE)["day"].to_list())


def test_we_say_what_they_say_or_know_why_not(field_data: Path) -> None:
    scenarios = json.loads((field_data / "peers" / "scenarios.json").read_text(encoding="utf-8"))["scenarios"]
    cases, days = judged(scenarios)
    firsts = {scenario["id"]: number for number, scenario, _ in reversed(cases)}
    compared: dict[tuple[str, str], tuple[object, object]] = {}
    for scenario in scenarios:
        if scenario["id"] in firsts:
            first = firsts[scenario["id"]]
            told = answers(scenario, days, first, waiting_days(scenario, days, first))
            for key in scenario["expected"].keys() - ELSEWHERE.keys():
                compared[scenario["id"], key] = (told.get(key, "not told"), scenario["expected"][key])
    assert {at: ours for at, (ours, theirs) in compared.items() if ours != theirs} == DIFFER
    assert {key for scenario in scenarios for key in scenario["expected"]} >= ELSEWHERE.keys()
    assert len(scenarios) == 72
    assert len(firsts) >= 40
