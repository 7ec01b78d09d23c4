"""Where a stretch of a long list ends, as text that the asker gives back to go on."""

import base64
from http import HTTPStatus
from typing import Annotated, TypeAlias, TypeVar

from pydantic import Field, TypeAdapter

from api.problems import Problem

Key = TypeVar("Key")
Stored: TypeAlias = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""Text that the database could have given."""
LONGEST_CURSOR = 8000


def written(shape: TypeAdapter[Key], key: Key) -> str:
    """The cursor of the list's item with this key."""
    return base64.urlsafe_b64encode(shape.dump_json(key)).decode()


def read(shape: TypeAdapter[Key], cursor: str) -> Key:
    """The key that a cursor carries: what the database could have given, and nothing else.

    Raises:
        Problem: the cursor is none of ours (422).
    """
    try:
        return shape.validate_json(base64.urlsafe_b64decode(cursor))
    except ValueError as error:  # also base64's and pydantic's own
        raise Problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, "`cursor` is none of ours: give back `next` as it came."
        ) from error
