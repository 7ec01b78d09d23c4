"""Explanations in words: a stored work day or score as lines a person reads at a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scoring.pending import LONG_PERIOD
from scoring.rounding import printed_one
from scoring.run import Summary
from scoring.steps import PunchKey, Step
from scoring.undecided import WaitedFor, WaitingDay

NAMES = {
    "corrected": "corrected by letter",
    "late": "late",
    "made_up": "late, made up",
    "early": "left early",
    "missing_in": "no scan in",
    "missing_out": "no scan out",
    "exit": "away from the post",
    "late_early": "late and left early, counted together",
    "late_missing_out": "late and no scan out, counted together",
    "missing_in_early": "no scan in and left early, counted together",
    "assembly": "assembly missed",
    "assembly_after_lebaran": "assembly after Idul Fitri missed",
    "absent": "absent without reason",
    "absent_after_holiday": "absent without reason after a holiday",
    "daily_cap": "cap of the day",
    "leave": "absence with a document",
    "leave_of_month": "absences in the month",
    "over_quota": "late too often to be forgiven",
    "not_waited": "judged without waiting",
    "deduction": "sum of deductions",
    "absence_run": "absent too long in a row",
    "cap": "cap of the month",
    "attendance": "attendance",
    "output": "output",
    "behaviour": "behaviour",
    "total": "total",
    "evaluation": "score of plan and behaviour",
    "predicate": "predicate",
    "limit": "never above attendance",
    "predicate_pay": "percent of the predicate",
    "payable": "payable",
    "amount": "amount",
    "not_counted": "nothing counted",
}
WITHOUT = {
    "rate": "rate missing",
    "target": "target missing",
    "behaviour": "no rating by the superior that counts",
    "predicate": "predicate missing",
    "not_counted": "nothing: no day of it is counted any more",
}
ROSTERS = ("roster of ", "week of ")
"""How what an office says of hours begins: that has no article."""
STATES = {0: "in", 1: "out", 2: "break out", 3: "break in", 4: "overtime in", 5: "overtime out", 255: "not said"}
ASSUMPTION = "ASSUMPTION, no regulation: do not pay from this figure"


def counts(summary: Summary) -> dict[str, Any]:
    """What a run did, as --json and the log say it."""
    return {
        "period": summary.period,
        "employees": summary.employees,
        "days_computed": summary.days_computed,
        "days_changed": summary.days_changed,
        "scores_changed": summary.scores_changed,
        "days_waiting": summary.days_waiting,
        "days_overruled": summary.days_overruled,
    }


def percent(hundredths: int | None) -> str:
    """As the law prints it; "rate missing" where it is not known."""
    return "rate missing" if hundredths is None else f"{printed_one(hundredths)} %"


def day_lines(day: Mapping[str, Any]) -> list[str]:
    """A work day (day_store.explained_day) with each step, its rule, article and punches."""
    lines = [f"{day['nip']} {day['employee_name']}, {day['day']:%A %Y-%m-%d}: {_kind(day)}"]
    if not day["later_shifts"]:
        return lines + _shift_lines(day)
    shifts = enumerate([day, *day["later_shifts"]], 1)
    return lines + [line for number, shift in shifts for line in (f"  shift {number}:", *_shift_lines(shift))]


def _shift_lines(day: Mapping[str, Any]) -> list[str]:
    lines: list[str] = []
    if day["expected_in"]:
        lines.append(f"  expected {_clock(day, 'expected_in')} to {_clock(day, 'expected_out')}")
    lines.append(f"  scanned in {_clock(day, 'first_in')}, out {_clock(day, 'last_out')}")
    lines.append(f"  deduction {percent(day['deduction'])} by {day['rulebook']}")
    lines.append(f"  {'hours' if day['expected_in'] else 'no work expected'}: {_cited(day['hours'])}")
    if day["hours"]["basis"] == "assumption":
        lines.append(f"  {ASSUMPTION}")
    return lines + step_lines(day["steps"], day["time_zone"])


def period_lines(score: Mapping[str, Any]) -> list[str]:
    """A score (score_store.explained_period) with its steps, those of its days first."""
    lines = [f"{score['nip']} {score['employee_name']}, {score['period']}, version {score['version']}"]
    lines.append(f"  payable {payable(score)} by {_rulebooks(score)}, basis {score['basis']}")
    if score.get("locked_at"):
        lines.append(
            f"  locked at {score['locked_at']:%Y-%m-%d %H:%M:%S} UTC by {score['locked_by']}: it never changes"
        )
    if score["counted_from"]:
        lines.append(f"  counted over {score['counted_from']} to {score['counted_to']}")
    if score["basis"] == "assumption":
        lines.append(f"  {ASSUMPTION}")
    if score["days_waiting"]:
        lines.append("  steps so far, without the days that wait:")
    paid_for = LONG_PERIOD.fullmatch(score["period"]) is None
    steps = [step for step in score["steps"] if paid_for or step["kind"] != "payable"]
    return lines + step_lines([*(score["day_steps"] or []), *steps], score["time_zone"])


def _rulebooks(score: Mapping[str, Any]) -> str:
    """That of the month, or each of its days where they have several: "a until 2026-01-14, b from 2026-01-15"."""
    first, *others = score.get("rulebooks") or [{"rulebook": score["rulebook"]}]
    told = [first["rulebook"]]
    for each in others:
        last = date.fromisoformat(each["since"]) - timedelta(days=1)
        told = [*told[:-1], f"{told[-1]} until {last}", f"{each['rulebook']} from {each['since']}"]
    return ", ".join(told)


def payable(score: Mapping[str, Any]) -> str:
    """The payable percent, or what it waits for."""
    if score["payable"] is not None:
        return percent(score["payable"])
    if score["without"] == "not_counted" or score["deduction"] is None:
        return WITHOUT[score["without"]] if score["without"] == "not_counted" else "rate missing"
    if waits := score["days_waiting"]:
        return f"not final, {waits} {'day waits' if waits == 1 else 'days wait'} for {', '.join(score['waiting_for'])}"
    if LONG_PERIOD.fullmatch(score["period"]) and score["total"] is not None:
        return "nothing: nobody is paid for a quarter or a year"
    return WITHOUT[score["without"]]


def waiting_line(day: WaitingDay) -> str:
    """A day that is not judged yet, and what it waits for."""
    names = ", ".join(day["terminals"])
    return f"  {day['day']} is not judged yet: waits for terminal {names}, {_synced(day['synced_until'])}"


def waiting_lines(held: Sequence[WaitedFor]) -> list[str]:
    """The terminals that hold days back, and what to do about them."""
    if not held:
        return []
    lines = [
        f"  {_days(each)} of {_people(each)} {'waits' if each['days'] == 1 else 'wait'} for terminal "
        f"{each['terminal']}, {_synced(each['synced_until'])}"
        for each in held
    ]
    cure = "They are judged once it is. Else: tepat terminal doctor NAME; tepat terminal set NAME --retired; or "
    return ["Not judged yet:", *lines, f"  {cure}tepat score PERIOD --without-waiting."]


def overruled_lines(passed: Sequence[WaitedFor]) -> list[str]:
    """The terminals whose days were judged all the same, and the way back."""
    if not passed:
        return []
    lines = [
        f"  {_days(each)} of {_people(each)} judged without terminal {each['terminal']}, "
        f"{_synced(each['synced_until'])}"
        for each in passed
    ]
    return ["Judged without waiting:", *lines, "  Back: tepat score PERIOD --wait-again."]


def _days(each: WaitedFor) -> str:
    return f"{each['days']} {'day' if each['days'] == 1 else 'days'} ({each['first']} to {each['last']})"


def _people(each: WaitedFor) -> str:
    return f"{each['employees']} {'employee' if each['employees'] == 1 else 'employees'}"


def _synced(until: datetime | None) -> str:
    return f"synced until {until:%Y-%m-%d %H:%M:%S} UTC" if until else "never synced"


def moment(punch: PunchKey, unit_zone: str) -> str:
    """When a punch was: "07:42:00 WIB"; by both clocks where the terminal's zone is another: "… WIB = 07:45:00 WIT".

    unit_zone: IANA name of the employee's unit. The date is said where it is another one there.
    """
    there, here = (datetime.fromisoformat(punch[clock]) for clock in ("local_time", "unit_time"))
    told = f"{there:%H:%M:%S} {_zone(punch['time_zone'], there)}"
    if there == here:
        return told
    other_day = "" if there.date() == here.date() else f"{here:%Y-%m-%d} "
    return f"{told} = {other_day}{here:%H:%M:%S} {_zone(unit_zone, here)}"


def _zone(name: str, at: datetime) -> str:
    """As people call it: WIB, WITA, WIT."""
    return at.replace(tzinfo=ZoneInfo(name)).tzname() or name


def _kind(day: Mapping[str, Any]) -> str:
    kind = str(day["kind"]).replace("joint_leave", "collective leave")
    return f"{kind} ({day['name']})" if day["name"] else kind


def _clock(day: Mapping[str, Any], column: str) -> str:
    """With the date where it is not that of the day, as after a night."""
    at = day[column]
    if at is None:
        return "--:--:--"
    return f"{at:%H:%M:%S}" if at.date() == day["day"] else f"{at:%Y-%m-%d %H:%M:%S}"


def step_lines(steps: Sequence[Step], unit_zone: str) -> list[str]:
    """Each step with its rule, article and punches."""
    return [line for step in steps for line in _step(step, unit_zone)]


def _step(step: Step, unit_zone: str) -> Iterable[str]:
    code = f" {step['code']}" if step["code"] else ""
    day = f"{step['day']} " if step["day"] else ""
    yield f"  {day}{NAMES[step['kind']]}{code}: {_result(step)}   {step['formula']}"
    if step["table"]:
        yield f"    rule: {step['table']}, {_cited(step)}"
    if step["hours"]:
        yield f"    hours: {step['hours']}"
    if step["table"] and step["basis"] == "assumption":
        yield f"    {ASSUMPTION}"
    for punch in step["punches"]:
        state = f"state {STATES.get(punch['state'], punch['state'])}"
        at = f"{punch['local_time'][:10]} {moment(punch, unit_zone)}"
        yield f"    punch: {punch['terminal']}, PIN {punch['pin']}, {at}, {state}"


def _result(step: Step) -> str:
    """The step's percent or amount, or by its name what it lacks."""
    if step["percent"] is None:
        return _lacks(step)
    if step["kind"] != "amount":
        return percent(step["percent"])
    rupiah = step["formula"].rpartition(" = ")[2]
    return "? (class or its allowance not known)" if rupiah == "Rp ?" else rupiah


def _lacks(step: Step) -> str:
    lacking = "rate"
    match step["kind"]:
        case "amount":
            return "? (payable percent not known)"
        case "predicate" if step["code"] != "?":
            return "by result and behaviour"
        case "not_counted" | "predicate":
            lacking = step["kind"]
        case "behaviour" if step["table"]:
            lacking = "behaviour"
        case "output" if not step["formula"].endswith("max ?"):
            lacking = "target"
        case "predicate_pay" if step["formula"].endswith("?"):
            lacking = "predicate"
    return WITHOUT[lacking]


def _cited(text: Mapping[str, Any]) -> str:
    """Law, article and day in force of a step or of a day's hours, with what is not known about them."""
    since = f"in force from {text['in_force']}"
    if text["in_force_known"] == "year":
        since = f"in force from {text['in_force'][:4]} (only the year is known)"
    article = "" if text["law"].startswith(ROSTERS) else f", {text['article'] or 'article not known'}"
    return f"{text['law']}{article}, {since}"
