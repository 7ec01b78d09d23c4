"""The API answers for every kind of terminal that can be registered."""

from typing import get_args

from api.models import Terminal
from ingest.terminals import Kind


def test_every_kind_of_terminal_can_be_shown() -> None:
    assert set(get_args(Terminal.model_fields["kind"].annotation)) == set(get_args(Kind))
