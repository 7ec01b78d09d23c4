"""Who is left out of a run because the law of their days cannot be read or says nothing of them, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from config.dated import RulebookError
from scoring.courses import Course


@dataclass(frozen=True, slots=True)
class NotScored:
    """Employees who share a course. units: codes of theirs; rulebooks: of their days; reason: the error's message."""

    units: tuple[str, ...]
    rulebooks: tuple[str, ...]
    employees: tuple[int, ...]
    reason: str


class NobodyScoredError(RulebookError):
    """Nobody of those asked for can be scored. The message names units, rulebooks and why."""


def not_scored(course: Course, units: Sequence[str], error: RulebookError) -> NotScored:
    """Those of a course whose law raised the error. units: codes of those that they were in on its days."""
    rulebooks = sorted({stretch.rulebook for stretch in course.stretches})
    return NotScored(tuple(units), tuple(rulebooks), tuple(course.who.to_list()), str(error))


def in_words(left_out: Iterable[NotScored], what: str = "Not scored") -> list[str]:
    """A line for each reason, in the words of the error."""
    return [
        f"{what}: {len(each.employees)} {'employee' if len(each.employees) == 1 else 'employees'} of unit "
        f"{', '.join(each.units)} by {', '.join(each.rulebooks)}. {each.reason}"
        for each in left_out
    ]


def as_rows(left_out: Sequence[NotScored]) -> list[dict[str, Any]]:
    """The same for programs; employees: how many."""
    return [{**asdict(each), "employees": len(each.employees)} for each in left_out]


def nobody(left_out: Sequence[NotScored]) -> NobodyScoredError:
    """The error of a run that scores nobody, or of one that must score everybody."""
    return NobodyScoredError("\n".join([*in_words(left_out), "Score other units by naming them: --unit CODE."]))
