"""Locking a month, for HR; what is owed of locked months, for HR and for who pays."""

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api.access import Connected, Identified, hr_only, looked, scores_only
from api.adjustments import TO_SCORE, Adjustments, listed
from api.json_routes import PREFIX, PageNumber, Size, UnitCode, top_unit
from api.models import VISIBLE, Period
from api.once import Once
from api.parameters import only_known
from api.problems import Problem, responses
from scoring.lock import BusyError, Locking, lock_period
from scoring.lock_telling import cure

MOST_NAMED = 200
"""People who are not ready, named in one answer."""

HR = APIRouter(
    prefix=PREFIX,
    route_class=Once,
    dependencies=[Depends(hr_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)
SCORES = APIRouter(
    prefix=PREFIX,
    dependencies=[Depends(scores_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 422, 503),
)


class Lock(BaseModel):
    """What is to be locked."""

    model_config = ConfigDict(extra="forbid")

    period: Period
    unit: str | None = Field(
        default=None, max_length=100, pattern=VISIBLE, description="code of a unit; null: all that you may see"
    )
    only_ready: bool = Field(default=False, strict=True, description="lock those who are ready, though others are not")
    dry_run: bool = Field(
        default=False, strict=True, description="change nothing: answer who would be locked, and who cannot be"
    )


class NotReady(BaseModel):
    """Who cannot be locked, and what to do about it."""

    employee_id: int
    nip: str
    name: str
    reason: str = Field(description="open, no_law, not_scored, stale, waiting, rate, target, behaviour or predicate")
    cure: str


class Locked(BaseModel):
    """What a lock did, or would do."""

    period: Period
    dry_run: bool
    ready: int = Field(description="employees whose month can be locked")
    locked: int = Field(description="those whose month is locked now, or would be")
    already_locked: int = Field(description="locked before: nothing changes for them")
    assumed: int = Field(description="of those ready, who is paid by figures that stand in no regulation")
    overruled: int = Field(description="of those ready, who has days judged without waiting for a terminal")
    months_to_score: list[Period] = Field(description=TO_SCORE)
    adjustments: int = Field(description="differences of earlier months, paid with this one")
    not_ready: list[NotReady] = Field(description=f"the first {MOST_NAMED} of them")
    not_ready_total: int


@HR.post("/locks", summary="Lock a month")
def lock(request: Request, connected: Connected, caller: Identified, wanted: Lock) -> Locked:
    """Freeze the scores that are paid. There is no unlock: what comes later becomes an adjustment in a later month.

    409 while somebody is not ready, unless `only_ready` or `dry_run` is said: then nothing is locked.
    """
    if wanted.unit is not None:
        top_unit(connected, caller, wanted.unit)
    try:
        done = lock_period(
            connected,
            request.app.state.pool,
            wanted.period,
            until=_today,
            at=datetime.now(UTC),
            actor=caller.actor,
            unit=wanted.unit,
            root=caller.unit_id,
            only_ready=wanted.only_ready,
            dry_run=wanted.dry_run,
            patient=False,
        )
    except BusyError as error:
        raise Problem(HTTPStatus.CONFLICT, str(error)) from error
    if not done.done and not wanted.dry_run:
        raise Problem(HTTPStatus.CONFLICT, _refusal(done), object_=f"period:{wanted.period}", errors=_errors(done))
    if wanted.dry_run or done.not_ready:
        named = [one.employee for one in done.not_ready[:MOST_NAMED]]
        looked(connected, caller, f"period:{wanted.period}", lock="not ready", unit=wanted.unit, employees=named)
    return _answer(done, dry_run=wanted.dry_run)


@SCORES.get("/adjustments", summary="What is owed of locked months")
def adjustments(
    *,
    connected: Connected,
    caller: Identified,
    paid_in: Annotated[
        Period | None, Query(description="the month that pays them; without it those that no month has settled yet")
    ] = None,
    unit: UnitCode = None,
    page: PageNumber = 1,
    size: Size = 50,
) -> Adjustments:
    """By month and name. Below zero it was paid too much. Pay those of a month together with its scores."""
    found = listed(connected, top_unit(connected, caller, unit), paid_in, page=page, size=size)
    seen = sorted({one.employee_id for one in found.items})
    looked(connected, caller, "adjustments", paid_in=paid_in, unit=unit, employees=seen)
    return found


def _today(zone: str) -> date:
    return datetime.now(ZoneInfo(zone)).date()


def _refusal(done: Locking) -> str:
    left, every = len(done.not_ready), len(done.not_ready) + len(done.locked)
    return (
        f"Nothing is locked, because {left} of {every} employees cannot be; `errors` says why of the first "
        f"{MOST_NAMED}. Mend that, or say `only_ready`."
    )


def _errors(done: Locking) -> list[dict[str, str]]:
    return [
        {"employee_id": str(one.employee), "reason": one.reason, "cure": cure(one, done.period)}
        for one in done.not_ready[:MOST_NAMED]
    ]


def _answer(done: Locking, *, dry_run: bool) -> Locked:
    named = [
        NotReady(employee_id=one.employee, nip=one.nip, name=one.name, reason=one.reason, cure=cure(one, done.period))
        for one in done.not_ready[:MOST_NAMED]
    ]
    return Locked(
        period=done.period,
        dry_run=dry_run,
        ready=len(done.locked),
        locked=len(done.locked) if done.done else 0,
        already_locked=len(done.already),
        assumed=done.assumed,
        overruled=done.overruled,
        months_to_score=done.unscored,
        adjustments=len(done.settled),
        not_ready=named,
        not_ready_total=len(done.not_ready),
    )
