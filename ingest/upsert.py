"""Brings rows into a table: adds those it lacks, changes those that differ, leaves the rest alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import psycopg
from psycopg import sql

from ingest.changes import Changes

Key: TypeAlias = tuple[Any, ...]
Values: TypeAlias = tuple[Any, ...]

KNOWN = "SELECT {key}, {values} FROM {table} WHERE {first} = ANY(%s)"
STORE = "INSERT INTO {table} ({key}, {values}) VALUES ({places}) ON CONFLICT ({key}) DO UPDATE SET {taken}"


@dataclass(frozen=True, slots=True)
class Done:
    """altered: keys added or changed; former: what stood under those that were there before."""

    changes: Changes
    altered: tuple[Key, ...]
    former: Mapping[Key, Values]


def bring(
    connection: psycopg.Connection[Any],
    table: str,
    key: Sequence[str],
    values: Sequence[str],
    rows: Mapping[Key, Values],
) -> Done:
    """Bring rows (key → values, in the order of the columns named) into a table, in the caller's transaction."""
    parts = {
        "table": sql.Identifier(table),
        "first": sql.Identifier(key[0]),
        "key": sql.SQL(", ").join(map(sql.Identifier, key)),
        "values": sql.SQL(", ").join(map(sql.Identifier, values)),
        "places": sql.SQL(", ").join(sql.Placeholder() * (len(key) + len(values))),
        "taken": sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in values),
    }
    firsts = [sorted({row[0] for row in rows})]
    found = connection.execute(sql.SQL(KNOWN).format(**parts), firsts).fetchall()
    known = {row[: len(key)]: row[len(key) :] for row in found}
    altered = tuple(one for one, said in rows.items() if known.get(one) != said)
    with connection.cursor() as cursor:
        cursor.executemany(sql.SQL(STORE).format(**parts), [(*one, *rows[one]) for one in altered])
    added = sum(one not in known for one in altered)
    former = {one: known[one] for one in altered if one in known}
    return Done(Changes(added, len(altered) - added, len(rows) - len(altered)), altered, former)
