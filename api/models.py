"""What the API answers with, and what the pages show. Percentages are decimal text ("1.25"), never floating point."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, Field, computed_field

from config.conditions import Condition, Known, condition
from config.troubles import Trouble

Role: TypeAlias = Literal["hr", "allowance", "employee"]
Basis: TypeAlias = Literal["regulation", "assumption"]
Item = TypeVar("Item")

VISIBLE = r"^[^\x00-\x1f\x7f-\x9f]*$"
"""For text that comes with a request: no control characters, which no name has and PostgreSQL refuses in part."""

MOST_CLOCK_OFFSET = 60
"""Seconds; a terminal's clock that is further off makes people late, or in time, by minutes."""


def _from_hundredths(value: object) -> object:
    """The database keeps whole hundredths of a percent: 125 is 1.25 %."""
    return Decimal(value).scaleb(-2) if isinstance(value, int) else value


def _split(value: object) -> object:
    """Codes stand blank-separated in the database."""
    return value.split() if isinstance(value, str) else value


def _absent(value: object) -> object:
    """A step that rests on no text carries empty words."""
    return None if value == "" else value


def _marks(value: object) -> object:
    """What a record says itself stands in the database as plain words."""
    return [{"kind": mark} if isinstance(mark, str) else mark for mark in value] if isinstance(value, list) else value


Percent = Annotated[
    Decimal, BeforeValidator(_from_hundredths), Field(description="percent, exact", examples=["1.25", "100.00"])
]
Rupiah = Annotated[
    Decimal,
    BeforeValidator(_from_hundredths),
    Field(description="decimal text, exact", examples=["4592025.60"]),
]
ScoredPeriod = Annotated[
    str,
    Field(
        pattern=r"^[12][0-9]{3}(-(0[1-9]|1[0-2]|Q[1-4]))?$",
        description="a month, a quarter or a year",
        examples=["2026-01", "2026-Q1", "2026"],
    ),
]
Period = Annotated[str, Field(pattern=r"^[12][0-9]{3}-(0[1-9]|1[0-2])$", description="a month", examples=["2026-01"])]


class Page(BaseModel, Generic[Item]):
    """One page of a list in a stable order."""

    items: list[Item]
    total: int = Field(description="items on all pages together")
    page: int = Field(description="this page, counted from 1")
    size: int = Field(description="most items on one page")

    @computed_field(description="number of pages; 0 when there is nothing")  # type: ignore[prop-decorator]
    @property
    def pages(self) -> int:
        return -(-self.total // self.size)


class Stretch(BaseModel, Generic[Item]):
    """A stretch of a list too long to count: follow `next` until it is null."""

    items: list[Item]
    next: str | None = Field(description="give it back as `cursor` to go on; null at the end")


class Unit(BaseModel):
    """An organisational unit; depth 0 is the highest one the caller may see."""

    id: int
    code: str
    name: str
    time_zone: str
    rulebook: str
    depth: int


class Employee(BaseModel):
    id: int
    nip: str
    name: str
    allowance_class: int | None
    unit_code: str
    unit_name: str
    time_zone: str
    rulebook: str


class Terminal(BaseModel):
    """A terminal and the last thing known of it. Its communication key never leaves the database."""

    id: int
    name: str
    kind: Literal["zk", "mqtt", "attlog", "iclock"]
    address: str | None
    time_zone: str
    serial_number: str | None
    firmware: str | None
    platform: str | None
    record_count: int | None
    record_capacity: int | None
    clock_offset: int | None = Field(description="seconds, terminal minus server, when it was last read")
    clock_flag: Literal["drift", "jump", "reset", "future"] | None = Field(
        description="how its clock came to be wrong: slowly, at once, by starting again in 2000, or more than a day "
        "ahead; null: it was right when last read, or was never read"
    )
    tried_at: datetime | None = Field(description="last attempt to read it")
    read_at: datetime | None = Field(description="last time it was read to the end")
    seen_at: datetime | None = Field(description="last sign of life")
    record_at: datetime | None = Field(description="local time of its latest punch")
    synced_until: datetime | None = Field(description="everything punched on it before is stored; null: never synced")
    unread: int | None = Field(description="records that it holds and that are not stored; null: not known")
    error: str | None = Field(description="why the last attempt failed; null after a good one")
    trouble: Trouble | None = Field(description="which trouble that is; null where there is none, or no name for it")
    retired_at: datetime | None = Field(description="since when it is out of use")
    days_waiting: int = Field(description="days of employees that are not judged until it is synced further")
    waiting_since: date | None = Field(description="the first of these days")
    days_overruled: int = Field(description="days of employees that were judged although it was not synced")
    rejected: int = Field(description="records of it that could not be read and are kept; not those read after all")
    poll_seconds: float = Field(exclude=True)

    @computed_field(  # type: ignore[prop-decorator]
        description="good; late: not heard of by now, or failed just now; silent: for longer than is likely; never: "
        "not heard of yet; needs_you: gets better by a person only, see error; clock_wrong: see clock_warning; retired"
    )
    @property
    def condition(self) -> Condition:
        known = Known(
            self.kind,
            self.seen_at,
            self.error,
            self.trouble,
            self.retired_at,
            self.poll_seconds,
            clock_off=self.clock_wrong,
        )
        return condition(known, datetime.now(UTC))

    @computed_field(description="what is wrong with its clock and what to do; null while it is right")  # type: ignore[prop-decorator]
    @property
    def clock_warning(self) -> str | None:
        if self.clock_offset is None or not self.clock_wrong:
            return None
        side = "fast" if self.clock_offset > 0 else "slow"
        return f"Its clock is {abs(self.clock_offset)} seconds {side}: set it, its punches count at the time it shows."

    @property
    def clock_wrong(self) -> bool:
        return self.clock_offset is not None and abs(self.clock_offset) > MOST_CLOCK_OFFSET


class PunchKey(BaseModel):
    """What makes a punch this punch."""

    terminal: str
    pin: str
    local_time: datetime = Field(description="as the terminal's clock showed it, in the terminal's time zone")
    state: int = Field(description="0 in, 1 out, 2 break out, 3 break in, 4 overtime in, 5 overtime out, 255 not said")
    time_zone: str | None = Field(
        default=None, description="of the place where the terminal hangs; null in steps of old scores"
    )
    unit_time: datetime | None = Field(
        default=None,
        description="the same moment in the zone of the employee's unit; null in steps of old scores, "
        "and when nobody has this pin",
    )


class Mark(BaseModel):
    """Why the time of a punch is doubtful. It counts as the terminal showed it all the same."""

    kind: Literal["clock_wrong", "clock_unsure", "clock_ahead", "clock_doubted", "time_of_receipt", "other_offset"] = (
        Field(
            description="clock_wrong: by the readings around; clock_unsure: perhaps, the readings around differ; "
            "clock_ahead: it was received before the time that it shows, by `seconds`; clock_doubted: the terminal "
            "doubts its clock itself; time_of_receipt: the record names no time, that of its receipt was taken; "
            "other_offset: it names another offset from UTC than the zone where the terminal hangs"
        )
    )
    seconds: int | None = Field(default=None, description="how far the clock was ahead; null where nobody measured it")


class Punch(PunchKey):
    marks: Annotated[list[Mark], BeforeValidator(_marks)] = Field(
        default=[], description="why its time is doubtful; empty: nothing is known against it"
    )
    verify: int | None
    work_code: str | None
    source: str = Field(description="how it came: poll, live, push, mqtt, file")
    received_at: datetime
    employee_id: int | None = Field(description="by the enrolment valid that day; null when nobody has this pin")


class Step(BaseModel):
    """One line of an explanation: from punches through a rule and its article to a percent."""

    day: date | None = Field(description="duty day; null for a step of the whole period")
    kind: str
    code: str
    minutes: int | None
    percent: Percent | None = Field(description="null: a needed rate is missing")
    formula: str
    table: str
    law: str
    article: str = Field(description="empty when the source does not say the article")
    in_force: Annotated[date | None, BeforeValidator(_absent)] = Field(description="null: plain arithmetic, no law")
    in_force_known: Annotated[Literal["day", "year"] | None, BeforeValidator(_absent)] = Field(
        description="year: only the year of in_force is known"
    )
    basis: Basis
    hours: str = Field(default="", description="the text that sets the expected hours, where they matter")
    punches: list[PunchKey]


class Decided(BaseModel):
    """The text that sets a day's hours, or frees it."""

    law: str
    article: str = Field(description="empty when the source does not say the article")
    in_force: Annotated[date | None, BeforeValidator(_absent)]
    in_force_known: Annotated[Literal["day", "year"] | None, BeforeValidator(_absent)] = Field(
        description="year: only the year of in_force is known"
    )
    basis: Basis


class WorkDay(BaseModel):
    """One employee on one duty date. Times are local to the employee's unit."""

    employee_id: int
    day: date
    shift: int = Field(default=1, description="1: the first or only one of the day; each of several is an entry")
    kind: str = Field(description="work, weekend, holiday, joint_leave")
    name: str | None = Field(description="of the holiday")
    expected_in: datetime | None
    expected_out: datetime | None
    first_in: datetime | None = Field(description="null: no such scan")
    last_out: datetime | None = Field(description="null: no such scan")
    minutes_late: int
    minutes_early: int
    absent: bool
    codes: Annotated[list[str], BeforeValidator(_split)] = Field(description="TL1, PSW2, TK …")
    deduction: Percent | None = Field(description="null: a needed rate is missing, nothing is guessed")
    rulebook: str
    hours: Decided = Field(description="what sets the expected hours, or makes it a free day")
    steps: list[Step]

    @computed_field(description="assumption: at least one figure stands in no regulation")  # type: ignore[prop-decorator]
    @property
    def basis(self) -> Basis:
        return "assumption" if any(step.basis == "assumption" for step in self.steps) else "regulation"
