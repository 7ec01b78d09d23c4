"""The levels in words: the language asked for, and no word of the other."""

import re

import pytest

from config.evaluation import evaluation
from config.kinds.standing import EVIDENCE
from scoring.maturity import maturity
from scoring.maturity_telling import Language, maturity_lines

VERSION = evaluation().maturity.versions[-1]
ENGLISH = r"\b(level|of|by|not|reached|evidenced|but|below|the|is|are|assumption|text|known|no)\b"
INDONESIAN = r"\b(tingkat|dari|dasar|belum|tercapai|terbukti|tetapi|tidak|asumsi|dengan|yang|perlu)\b"


@pytest.mark.parametrize(("language", "other"), [("id", ENGLISH), ("en", INDONESIAN)])
@pytest.mark.parametrize("basis", ["assumption", "regulation"])
def test_every_line_is_of_one_language(language: Language, other: str, basis: str) -> None:
    counts = dict.fromkeys(EVIDENCE, (0, 0)) | {"log": (4, 5), "linked": (1, 3), "monthly": (9, 10)}
    law = VERSION.law.law if basis == "assumption" else "PermenPANRB 8/2021"
    levels = [
        {name: getattr(level, name) for name in type(level).__slots__} for level in maturity(VERSION.content, counts)
    ]
    found = {"name": "Biro SDM", "period": "2026", "level": 1, "law": law, "basis": basis, "levels": levels}
    lines = list(maturity_lines("JKT", found, language))
    assert len(lines) == 17, "a head, two lines a level, and what four of them lack"
    for line in lines:
        assert not re.search(other, line, re.IGNORECASE), line
    percents = {"id": "80,00 %", "en": "80.00 %"}
    assert percents[language] in "\n".join(lines)
