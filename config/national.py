"""What the law of the whole state says about discipline and meal money, whatever the rulebook."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from config.dated import Table
from config.kinds.discipline import MINUTES_AS_DAYS, UNEXCUSED_DAYS, Minutes, Sanctions
from config.kinds.meals import MEAL_DAYS_TABLE, MEAL_RATES, MEAL_TAX, MealDays
from config.kinds.shape import table

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Discipline:
    unexcused_days: Table[Sanctions]
    minutes_as_days: Table[Minutes]


@dataclass(frozen=True)
class Meals:
    """days: where the rulebook has no table of its own."""

    days: Table[MealDays]
    rates: Table[tuple[int, ...]]
    tax: Table[tuple[int | None, ...]]


@lru_cache(maxsize=4)
def discipline(folder: Path = FOLDER / "discipline") -> Discipline:
    """Raises: RulebookError: a file of it is broken."""
    return Discipline(
        table(folder / "unexcused_days.toml", UNEXCUSED_DAYS), table(folder / "minutes_as_days.toml", MINUTES_AS_DAYS)
    )


@lru_cache(maxsize=4)
def meals(folder: Path = FOLDER / "meals") -> Meals:
    """Raises: RulebookError: a file of it is broken."""
    return Meals(
        table(folder / "meal_days.toml", MEAL_DAYS_TABLE),
        table(folder / "meal_rates.toml", MEAL_RATES),
        table(folder / "meal_tax.toml", MEAL_TAX),
    )
