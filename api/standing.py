"""What the API answers with about how a unit and its people stand."""

from datetime import date, datetime
from typing import Literal, TypeAlias

from pydantic import BaseModel, Field

from api.models import Basis, Page, Percent, PunchKey, ScoredPeriod

Rating: TypeAlias = Literal["above", "as expected", "below"]


class Words(BaseModel):
    """The same in Indonesian and English."""

    id: str
    en: str


class Cited(BaseModel):
    """What figures rest on."""

    law: str = Field(description="where no text is known this says so")
    article: str = Field(description="empty when it is not known")
    basis: Basis = Field(description="assumption: no text names the figures")


class MaturityLevel(BaseModel):
    level: int
    name: Words
    what: Words = Field(description="what is counted")
    counted: int
    of: int
    percent: Percent | None = Field(description="null: there is nothing to count, so nothing is evidenced")
    least: int = Field(description="percent that are needed")
    evidenced: bool = Field(description="of itself")
    reached: bool = Field(description="with all levels below it")
    missing: Words | None = Field(description="what is lacking and what to do; null where it is evidenced")


class Maturity(Cited):
    """Which of E-Kinerja's six levels a unit has reached, by its own data."""

    period: ScoredPeriod
    level: int = Field(description="the highest reached; 0: not even the first")
    levels: list[MaturityLevel]


class Border(BaseModel):
    """Figures from which on somebody is as expected, or above."""

    expected_from: Percent
    above_from: Percent


class Borders(Cited):
    result: Border
    behaviour: Border


class Box(BaseModel):
    result: Rating
    behaviour: Rating
    people: int


class Placed(BaseModel):
    """One employee's place in the merit map. Nothing follows from it by itself."""

    employee_id: int
    nip: str
    name: str
    result: Rating | None = Field(description="null: not known, then there is no place")
    behaviour: Rating | None = Field(description="null: not known, then there is no place")
    basis: Basis | None = Field(description="assumption: a border that no text names decided; null: no place")
    lacking: Literal["score", "output", "behaviour", "not_weighed", "rating_weights", "both"] | None = Field(
        description="why there is no place; behaviour: no rating by the superior counts; not_weighed: the rulebook "
        "weighs no behaviour; rating_weights: it does, and has none, so that no rating counts"
    )
    output: Percent | None = Field(description="of the score")
    behaviour_figure: Percent | None = Field(
        description="of the score; peers and subordinates count in it from three of them on"
    )
    result_said: Rating | None = Field(description="the superior's word, which goes before the figure")
    behaviour_said: Rating | None = Field(description="the superior's word, which goes before the figure")
    predicate: str | None
    quality: int | None = Field(description="mean mark of verified work, 0 to 100; null: no work has one")
    quality_band: str | None = Field(description="its name by BKN's DES 2.0")


class Merit(BaseModel):
    """The merit map of a unit: nine boxes, and everybody, by NIP."""

    period: ScoredPeriod
    borders: Borders
    boxes: list[Box]
    placed: int
    people: Page[Placed]


class Amiss(BaseModel):
    """A duty on which something was amiss."""

    day: date
    shift: int | None = Field(description="of a day with several; null: the only one")
    late: int = Field(description="minutes")
    early: int = Field(description="minutes")
    absent: bool
    missing_in: bool
    missing_out: bool
    overruled: bool = Field(description="judged although a terminal was not synced")
    first_in: datetime | None = Field(description="local to the unit; null: no such scan")
    last_out: datetime | None = Field(description="local to the unit; null: no such scan")
    punches: list[PunchKey]
    letters: list[str] = Field(description="what letters say of its scans, as their steps do")


class Punctual(BaseModel):
    """One employee's attendance in sums, with the facts behind them."""

    employee_id: int
    nip: str
    name: str
    working: int = Field(description="working days judged")
    worked: int = Field(description="of them those with both scans")
    undecided: int = Field(description="days that wait for a terminal")
    not_scored: int = Field(description="days that nobody has looked at yet")
    late_days: int
    late_minutes: int
    early_days: int
    absent_days: int
    missing_in_days: int
    missing_out_days: int
    most_late: int = Field(description="late days in the month with the most of them")
    on_time: bool = Field(description="always, and every day is decided")
    repeated: bool = Field(description="late again and again")
    missing: bool = Field(description="a scan is missing")
    unproven: bool = Field(description="nothing was amiss, but not every day is decided, or none was worked")
    facts: list[Amiss]


class Times(Cited):
    a_month: int = Field(description="late days within a month that are repeated")


class Punctuality(BaseModel):
    """Who was always on time, late again and again, lacks scans. A list decides nothing."""

    period: ScoredPeriod
    until: date | None = Field(description="the last day that is judged; null: none is")
    whole: bool = Field(description="the period is judged to its end")
    times: Times
    people: Page[Punctual]


class Organisation(BaseModel):
    unit: str = Field(description="code of the unit that has the predicate: this one, or the nearest above")
    predicate: str


class Share(BaseModel):
    """One limit of the guide."""

    predicates: list[str]
    rated: int
    of_all: int
    least: int = Field(description="percent")
    most: int = Field(description="percent")
    some: bool = Field(description="at least one is required")
    fewest: int = Field(description="people")
    most_people: int
    kept: bool = Field(description="false: the share deviates from the guide")


class Distribution(Cited):
    """Predicates against the guide. A check for people: it changes no score."""

    period: ScoredPeriod
    organisation: Organisation | None = Field(description="null: not known, then there is no guide to compare with")
    people: int
    without_predicate: int
    counts: dict[str, int] = Field(description="people by predicate")
    not_in_the_guide: list[str] = Field(description="predicates that the guide does not name")
    shares: list[Share]
