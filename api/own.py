"""What an employee enters and decides: own work, ratings of others, and the work of those below."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from psycopg import Connection
from pydantic import BaseModel, ConfigDict, Field

from api.access import Caller, Connected, Identified, employee_only, looked
from api.facts import DryRun, Imported, Rows, Taken, done, faulty
from api.json_routes import PREFIX
from api.models import VISIBLE, ScoredPeriod
from api.once import Once
from api.parameters import only_known
from api.problems import Problem, not_found, responses
from api.work import ACTIVITIES, OF_ONE, Activity, Figure, listed
from config.kinds.evaluation import FEWEST_RATERS
from config.periods import bounds
from ingest.conduct import rate
from ingest.sheet import FaultyRowsError
from ingest.superiors import waiting_for
from ingest.verification import NotSubmittedError, NotYoursError, Verdict, decide, submit
from scoring.behaviour import ROLES, sides

EMPLOYEE = APIRouter(
    prefix=PREFIX,
    route_class=Once,
    dependencies=[Depends(employee_only, scope="function"), Depends(only_known)],
    responses=responses(401, 403, 404, 409, 413, 422, 503),
)
ActivityId = Annotated[int, Path(ge=1, le=2**63 - 1, description="the `id` of the lists")]

MOST_WAITING = 1_000
WAITING = f"""{ACTIVITIES}
JOIN unnest(%s::integer[], %s::date[]) AS mine (who, on_day) ON who = activity.employee_id AND on_day = activity.day
WHERE activity.status = 'submitted' ORDER BY activity.day, nip, activity.reference LIMIT {MOST_WAITING}
"""
BEHAVIOUR = """
SELECT step ->> 'formula' FROM (
    SELECT steps FROM shown_score WHERE employee_id = %s AND period = %s ORDER BY version DESC LIMIT 1
) AS newest, json_array_elements(steps) AS step
WHERE step ->> 'kind' = 'behaviour' AND step ->> 'percent' IS NOT NULL
"""
"""Only what the score says, locked or newest: watching means while ratings come in would tell what one person said."""


class Rated(BaseModel):
    """What one side thinks of somebody's conduct, and never who of it said what."""

    role: Literal["superior", "peer", "subordinate"]
    value: Figure | None = Field(
        description=f"the mean; null: none counts. Fewer than {FEWEST_RATERS} peers or subordinates, or than the "
        "`fewest` of the rulebook, never count: their mean would tell who said what"
    )


class Praise(BaseModel):
    """How good the work is, where that is judged."""

    model_config = ConfigDict(extra="forbid")

    quality: int | None = Field(default=None, ge=0, le=100)


class Objection(BaseModel):
    """What is to be mended before it is submitted again."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(min_length=1, max_length=1000, pattern=VISIBLE)


def _self(caller: Caller) -> int:
    assert caller.employee_id is not None
    return caller.employee_id


@EMPLOYEE.get("/own/activities", summary="Your work")
def own_activities(
    connected: Connected, caller: Identified, period: Annotated[ScoredPeriod, Query()]
) -> list[Activity]:
    """All of a month, a quarter or a year, by day."""
    me = _self(caller)
    looked(connected, caller, f"employee:{me}", activities=period)
    return listed(connected, OF_ONE, (me, *bounds(period)))


@EMPLOYEE.post("/own/activities", summary="Submit your work")
def submit_activities(connected: Connected, caller: Identified, rows: Rows, dry_run: DryRun = False) -> Imported:
    """New work, and work submitted or returned before, as it is now. What is verified cannot be changed."""
    try:
        changes = submit(connected, _self(caller), rows, at=datetime.now(UTC), actor=caller.actor, dry_run=dry_run)
    except FaultyRowsError as error:
        raise faulty(error) from error
    return done(changes, dry_run=dry_run)


@EMPLOYEE.get("/own/decisions", summary="Work that waits for your decision")
def waiting(connected: Connected, caller: Identified) -> list[Activity]:
    """Submitted by those whose superior you are: as head of their unit, or as owner of what their plan serves.

    The oldest first, at most 1,000.
    """
    mine = sorted(waiting_for(connected, _self(caller), datetime.now(UTC).date()))
    looked(connected, caller, "activities", employees=sorted({employee for employee, _ in mine}))
    return listed(connected, WAITING, ([one for one, _ in mine], [day for _, day in mine]))


@EMPLOYEE.post("/activities/{activity_id}/verify", summary="Verify work of somebody below you")
def verify(connected: Connected, caller: Identified, activity_id: ActivityId, praise: Praise) -> dict[str, str]:
    """From now on it counts. Who decided, and when, is recorded."""
    return _decide(connected, caller, activity_id, Verdict("verified", quality=praise.quality))


@EMPLOYEE.post("/activities/{activity_id}/return", summary="Return work of somebody below you")
def give_back(
    connected: Connected, caller: Identified, activity_id: ActivityId, objection: Objection
) -> dict[str, str]:
    """The employee mends it and submits it again."""
    return _decide(connected, caller, activity_id, Verdict("returned", reason=objection.reason))


@EMPLOYEE.get("/own/ratings", summary="How your conduct is rated")
def own_ratings(connected: Connected, caller: Identified, period: Annotated[ScoredPeriod, Query()]) -> list[Rated]:
    """The mean of each side as the newest score counts it; nothing before there is one that rests on them."""
    me = _self(caller)
    looked(connected, caller, f"employee:{me}", ratings=period)
    found = connected.execute(BEHAVIOUR, (me, period)).fetchone()
    if found is None:
        return []
    means = sides(found[0])
    return [Rated.model_validate({"role": role, "value": means.get(role)}) for role in ROLES]


@EMPLOYEE.post("/own/ratings", summary="Rate the conduct of others")
def rate_others(connected: Connected, caller: Identified, rows: Rows, dry_run: DryRun = False) -> Taken:
    """Rows of nip, period, role and value. Nobody is shown who rated."""
    try:
        changes = rate(connected, _self(caller), rows, at=datetime.now(UTC), actor=caller.actor, dry_run=dry_run)
    except FaultyRowsError as error:
        raise faulty(error) from error
    return Taken(taken=changes.taken or 0, dry_run=dry_run)


def _decide(connected: Connection[Any], caller: Caller, activity: int, verdict: Verdict) -> dict[str, str]:
    try:
        decide(connected, activity, _self(caller), verdict, at=datetime.now(UTC), actor=caller.actor)
    except NotYoursError as error:
        raise not_found(f"activity:{activity}") from error
    except NotSubmittedError as error:
        raise Problem(HTTPStatus.CONFLICT, str(error), object_=f"activity:{activity}") from error
    return {"status": verdict.decision}
