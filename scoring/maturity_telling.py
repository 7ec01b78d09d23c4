"""The levels of a unit in words, Indonesian or English throughout."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, TypeAlias

from scoring.rounding import printed_one

Language: TypeAlias = Literal["id", "en"]

WORDS: Mapping[Language, Mapping[str, str]] = {
    "id": {
        "head": "{unit} {name}, {period}: tingkat {level} dari {levels}. {basis}",
        "regulation": "Dasar: {law}.",
        "assumption": "Dasar: asumsi, tidak ada peraturan yang menyebut tingkat dan batasnya.",
        "reached": "tercapai",
        "evidenced": "terbukti, tetapi tingkat di bawahnya belum",
        "not": "belum",
        "counted": "{counted} dari {of}{share}: {what}",
    },
    "en": {
        "head": "{unit} {name}, {period}: level {level} of {levels}. {basis}",
        "regulation": "By: {law}.",
        "assumption": "By: {law} (assumption, no regulation names it).",
        "reached": "reached",
        "evidenced": "evidenced, but a level below is not",
        "not": "not",
        "counted": "{counted} of {of}{share}: {what}",
    },
}
"""The name of a law that is an assumption is an English sentence, so that Indonesian says it in its own words."""


def maturity_lines(unit: str, found: Mapping[str, Any], language: Language) -> Iterator[str]:
    """found: what `scoring.standing.maturity_of` tells, and the unit's name."""
    words = WORDS[language]
    basis = words[found["basis"]].format(law=found["law"])
    yield words["head"].format_map({**found, "unit": unit, "levels": len(found["levels"]), "basis": basis})
    for level in found["levels"]:
        state = "reached" if level["reached"] else "evidenced" if level["evidenced"] else "not"
        yield f"  {level['level']} {level['name'][language]}: {words[state]}"
        share = "" if level["percent"] is None else f" = {_percent(level['percent'], language)}"
        yield "    " + words["counted"].format_map({**level, "share": share, "what": level["what"][language]})
        if level["missing"]:
            yield f"    {level['missing'][language]}"


def _percent(hundredths: int, language: Language) -> str:
    told = f"{printed_one(hundredths)} %"
    return told if language == "id" else told.replace(",", ".")
