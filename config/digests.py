"""Digests of law: equal content, equal digest, whatever the layout of the files."""

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from config.dated import Table, Version


def digest(*content: object) -> str:
    """SHA-256, in hex, of plain values, dates and frozen dataclasses in a canonical form."""
    text = json.dumps(content, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_tables(tables: Iterable[Table[Any]]) -> str:
    """Of every version of the tables. The day of the last check and the place of the file are no content."""
    return digest([(table.name, table.versions) for table in sorted(tables, key=lambda table: table.name)])


def digest_of_versions(versions: Iterable[tuple[str, Version[Any]]]) -> str:
    """Of the versions that apply, each with its table's name."""
    return digest(sorted(versions, key=lambda pair: pair[0]))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
