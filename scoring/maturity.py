"""How far a unit uses e-performance: which of six levels its own data give evidence of, and what each lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.kinds.standing import Evidence, Level
from scoring.rounding import FULL, half_up

NOTHING = {
    "id": "Tidak terbukti: belum ada data untuk dihitung. {cure}",
    "en": "Not evidenced: there is nothing to count yet. {cure}",
}
LACKING = {
    "id": "Kurang {lacking} dari {of}, perlu {least} %. {cure}",
    "en": "{lacking} of {of} are lacking, {least} % are needed. {cure}",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """A level of a unit. Words by language ("id", "en").

    percent: hundredths, half up; None where there is nothing to count. evidenced: of itself; reached: with all levels
    below it. missing: what to do about it; None where it is evidenced.
    """

    level: int
    name: Mapping[str, str]
    what: Mapping[str, str]
    counted: int
    of: int
    percent: int | None
    least: int
    evidenced: bool
    reached: bool
    missing: Mapping[str, str] | None


def maturity(levels: Sequence[Level], counts: Mapping[Evidence, tuple[int, int]]) -> list[Standing]:
    """The levels in their order. counts: how many of how many, for each evidence; (0, 0) gives evidence of nothing."""
    standings: list[Standing] = []
    below = True
    for number, level in enumerate(levels, 1):
        counted, of = counts[level.evidence]
        evidenced = of > 0 and counted * 100 >= of * level.least
        below = below and evidenced
        standings.append(
            Standing(
                level=number,
                name={"id": level.name_id, "en": level.name_en},
                what={"id": level.counted_id, "en": level.counted_en},
                counted=counted,
                of=of,
                percent=half_up(counted * FULL, of) if of else None,
                least=level.least,
                evidenced=evidenced,
                reached=below,
                missing=None if evidenced else _missing(level, counted, of),
            )
        )
    return standings


def reached(standings: Sequence[Standing]) -> int:
    """The highest level reached; 0 = not even the first."""
    return sum(standing.reached for standing in standings)


def _missing(level: Level, counted: int, of: int) -> dict[str, str]:
    said = LACKING if of else NOTHING
    cures = {"id": level.cure_id, "en": level.cure_en}
    return {
        language: text.format(lacking=of - counted, of=of, least=level.least, cure=cures[language])
        for language, text in said.items()
    }
