"""National law about how civil servants are evaluated, as dated tables in config/evaluation."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from config.dated import Table
from config.kinds.evaluation import QUALITY, Quality
from config.kinds.predicate import BORDERS, GUIDE, PLAN_SHARES, QUADRANT, Border, Limit, PlanShares, Quadrant
from config.kinds.shape import table

FOLDER = Path(__file__).parent / "evaluation"


@dataclass(frozen=True)
class Evaluation:
    """PP 30/2019 (shares, borders), PermenPANRB 6/2022 (quadrant), the spread of predicates, BKN's names of quality."""

    plan_shares: Table[PlanShares]
    borders: Table[tuple[Border, ...]]
    quadrant: Table[Quadrant]
    guide: Table[tuple[Limit, ...]]
    quality: Table[tuple[Quality, ...]]

    @property
    def tables(self) -> tuple[Table[Any], ...]:
        return (self.plan_shares, self.borders, self.quadrant, self.guide, self.quality)


@lru_cache(maxsize=8)
def evaluation(folder: Path = FOLDER) -> Evaluation:
    """Read and check the tables.

    Raises:
        RulebookError: a file of them is broken.
    """
    return Evaluation(
        plan_shares=table(folder / "plan_shares.toml", PLAN_SHARES),
        borders=table(folder / "predicate_borders.toml", BORDERS),
        quadrant=table(folder / "predicate_quadrant.toml", QUADRANT),
        guide=table(folder / "distribution_guide.toml", GUIDE),
        quality=table(folder / "quality_bands.toml", QUALITY),
    )
