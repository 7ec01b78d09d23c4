"""No parser raises or loses a byte, whatever it is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.harnesses import HARNESSES


@st.composite
def damaged(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Real bytes with a stretch of them replaced, left out or repeated."""
    data = draw(st.sampled_from(seeds))
    begin = draw(st.integers(0, len(data)))
    end = draw(st.integers(begin, len(data)))
    return data[:begin] + draw(st.binary(max_size=8)) + data[begin:end] * draw(st.integers(0, 2)) + data[end:]


@pytest.mark.parametrize("name", HARNESSES)
def test_a_parser_takes_any_bytes(name: str) -> None:
    harness = HARNESSES[name]

    @given(st.binary(max_size=300) | damaged(list(harness.seeds())))
    def holds(data: bytes) -> None:
        harness.check(data)

    holds()


@pytest.mark.parametrize("name", HARNESSES)
def test_what_real_terminals_say_is_taken(name: str) -> None:
    for seed in HARNESSES[name].seeds():
        HARNESSES[name].check(seed)
