"""What every parser must hold to on any bytes: it does not raise, and each byte is kept or is documented framing.

A harness takes any bytes and fails by an assertion or any other exception. Hypothesis feeds it in `make test`, atheris,
led by the code that its bytes reach, in `make test-long`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from devices.records import Punch, Rejected

Choice = TypeVar("Choice")
Check: TypeAlias = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Harness:
    """seeds: real bytes to start from, made by the simulators when asked for."""

    name: str
    check: Check
    seeds: Callable[[], Sequence[bytes]]


def chosen(data: bytes, choices: Sequence[Choice]) -> tuple[Choice, bytes]:
    """The first byte chooses, the rest is what the parser gets."""
    return choices[data[0] % len(choices)] if data else choices[0], data[1:]


def raws(punches: Sequence[Punch], rejected: Sequence[Rejected]) -> list[bytes]:
    return sorted([punch[-1] for punch in punches] + [raw for raw, _ in rejected])
