"""Every trouble of a terminal has its words and its cure in both languages, and no words are left over."""

from typing import get_args

import pytest

from config import troubles
from config.troubles import Trouble


def test_the_words_are_those_of_the_troubles() -> None:
    assert set(troubles.WORDS) == set(get_args(Trouble))


@pytest.mark.parametrize("trouble", get_args(Trouble))
def test_each_is_said_and_cured_in_both_languages(trouble: Trouble) -> None:
    sentences = [tell(trouble, language) for tell in (troubles.what, troubles.cure) for language in ("id", "en")]
    assert len(set(sentences)) == 4
    assert all(sentence.endswith(".") and sentence[0].isupper() for sentence in sentences)
