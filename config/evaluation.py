"""National law about how civil servants are evaluated, as dated tables in config/evaluation."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.dated import Table
from config.kinds.evaluation import QUALITY, Quality
from config.kinds.predicate import (
    BORDERS,
    GUIDE,
    PLAN_HALVES,
    PLAN_SHARES,
    QUADRANT,
    Border,
    Limit,
    PlanHalves,
    PlanShares,
    Quadrant,
)
from config.kinds.shape import table
from config.kinds.standing import LATENESS_LIST, LEVELS, MERIT, LatenessList, Level, MeritBorders

FOLDER = Path(__file__).parent / "evaluation"


@dataclass(frozen=True)
class Evaluation:
    """PP 30/2019 (shares, borders), PermenPANRB 6/2022 (quadrant), the spread of predicates, BKN's names of quality.

    The halves of 2021, which had a plan each.

    Of how units and people stand: levels of maturity, borders of the merit map, how often late is often.
    """

    plan_shares: Table[PlanShares]
    plan_halves: Table[PlanHalves]
    borders: Table[tuple[Border, ...]]
    quadrant: Table[Quadrant]
    guide: Table[tuple[Limit, ...]]
    quality: Table[tuple[Quality, ...]]
    maturity: Table[tuple[Level, ...]]
    merit: Table[MeritBorders]
    lateness: Table[LatenessList]

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        judged = (self.plan_shares, self.plan_halves, self.borders, self.quadrant, self.guide, self.quality)
        return (*judged, self.maturity, self.merit, self.lateness)


@lru_cache(maxsize=8)
def evaluation(folder: Path = FOLDER) -> Evaluation:
    """Read and check the tables.

    Raises:
        RulebookError: a file of them is broken.
    """
    return Evaluation(
        plan_shares=table(folder / "plan_shares.toml", PLAN_SHARES),
        plan_halves=table(folder / "plan_halves.toml", PLAN_HALVES),
        borders=table(folder / "predicate_borders.toml", BORDERS),
        quadrant=table(folder / "predicate_quadrant.toml", QUADRANT),
        guide=table(folder / "distribution_guide.toml", GUIDE),
        quality=table(folder / "quality_bands.toml", QUALITY),
        maturity=table(folder / "maturity_levels.toml", LEVELS),
        merit=table(folder / "merit_borders.toml", MERIT),
        lateness=table(folder / "lateness_list.toml", LATENESS_LIST),
    )
