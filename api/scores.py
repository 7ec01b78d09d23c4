"""What the API answers with about scores and the months they rest on."""

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, Field, computed_field

from api.adjustments import Adjustment, ExplainedAdjustment
from api.models import Basis, Employee, Percent, Period, Punch, Rupiah, ScoredPeriod, Step, WorkDay
from scoring.pending import LONG_PERIOD

Lacking: TypeAlias = Literal["rate", "days", "target", "behaviour", "predicate", "not_counted"]


class Score(BaseModel):
    """The score of an employee in a period: the locked one, else the newest. All that pays has `basis` beside it."""

    employee_id: int
    nip: str
    name: str
    unit_code: str
    period: ScoredPeriod
    version: int = Field(description="counts re-scores with other facts; older versions stay in the database")
    rulebook: str
    rulebook_digest: str
    basis: Basis = Field(description="assumption: figures that stand in no regulation; do not pay from them unasked")
    deduction: Percent | None = Field(description="after the monthly cap")
    attendance: Percent | None
    output: Percent | None = Field(description="null: the rulebook has no output section, or no target is set")
    behaviour: Percent | None = Field(description="null: not part of the rulebook, or not rated yet")
    total: Percent | None
    evaluation: Percent | None = Field(description="plan and behaviour by PP 30/2019, at most 120; null: not so judged")
    predicate: str | None = Field(description="of this period; null: the rulebook names none, or facts are missing")
    payable: Percent | None = Field(
        description="null: something is lacking, or the period is no month: nothing may be paid on a guess"
    )
    amount: Rupiah | None = Field(
        description="to pay for this month; null: a class, its allowance or the payable percent is not known"
    )
    days_waiting: int = Field(
        description="days up to last_day that are not judged until a terminal is synced further; the figures are those "
        "of the other days"
    )
    waiting_for: list[str] = Field(description="the terminals that these days wait for")
    days_overruled: int = Field(
        description="days that were judged although a terminal was not synced: on command, or because it is out of use"
    )
    overruled_for: list[str] = Field(description="the terminals that these days did not wait for")
    last_day: date = Field(
        description="the last day it rests on; later days of the period were not judged, nor were the days that wait"
    )
    counted_from: date | None = Field(
        description="first of the days that the period is counted over; null: those of the calendar, as the next"
    )
    counted_to: date | None
    without: Lacking = Field(exclude=True, description="what a payable percent needs where no day waits")
    digest: str = Field(description="of the score and all it rests on: equal digest, equal score")
    scored_at: datetime
    locked_at: datetime | None = Field(
        description="since when it never changes: what arrives later becomes an adjustment; null: it may change"
    )

    @computed_field(  # type: ignore[prop-decorator]
        description="why it is not final: a rate of the rulebook, the target, a rating that counts (behaviour) or a "
        "predicate is missing, days wait, or no day of it is counted any more (not_counted)"
    )
    @property
    def lacking(self) -> Lacking | None:
        if self.without == "not_counted":
            return self.without
        if self.deduction is None:
            return "rate"
        if self.days_waiting:
            return "days"
        paid_for = LONG_PERIOD.fullmatch(self.period) is None
        if self.payable is not None or (self.total is not None and not paid_for):
            return None
        return self.without


class ExplainedScore(Score):
    steps: list[Step]

    @property
    def has_output(self) -> bool:
        """Whether the rulebook has an output section."""
        return any(step.kind == "output" for step in self.steps)

    @property
    def days_lack(self) -> Lacking:
        """Why there is no deduction: a rate, or any day at all."""
        return "not_counted" if self.without == "not_counted" else "rate"

    @property
    def output_lacks(self) -> Lacking:
        """Why there is no output: the target, or the rate of the cap."""
        return "rate" if self.total is None and self.without == "rate" else "target"

    @property
    def has_amount(self) -> bool:
        """Whether the rulebook names what is paid in rupiah."""
        return any(step.kind == "amount" for step in self.steps)

    @property
    def amount_lacks(self) -> str:
        """Why there is no amount: "class", where nothing but the class or its allowance is not known."""
        return self.lacking or "class"


class WaitingDay(BaseModel):
    """A day that is not judged yet: a scan is missing, and these terminals may still hold it."""

    employee_id: int
    day: date
    terminals: list[str]
    synced_until: datetime | None = Field(description="of the one least far synced; null: it never was")


class ExplainedMonth(BaseModel):
    """Everything that leads from an employee's punches to the percent of a month."""

    employee: Employee
    period: Period
    score: ExplainedScore | None = Field(description="null: not scored yet")
    days: list[WorkDay]
    punches: list[Punch] = Field(description="all of the employee's punches of the month, also those no rule rests on")
    waiting: list[WaitingDay] = Field(description="days that are not judged yet, because a terminal is not synced")
    adjustments: list[ExplainedAdjustment] = Field(description="of this month, since it was locked")
    paid_with: list[Adjustment] = Field(description="adjustments of earlier months that this one pays")
