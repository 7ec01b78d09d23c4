"""Whatever terminals say, in whatever order and how often: nothing is lost, nothing is stored twice."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.records import Batch, Punch
from ingest.accept import Counts, accept

pytestmark = pytest.mark.timescale

RECEIVED = datetime(2026, 1, 31, tzinfo=UTC)
TERMINALS = ("gate", "hall")
FIELDS = "terminal_id, local_time, pin, state, verify, work_code"
Connection: TypeAlias = psycopg.Connection[Any]
Key: TypeAlias = tuple[str, str, datetime, int]

times = st.sampled_from(
    [
        *(datetime.fromisoformat(f"2026-01-05 07:0{minute}:00") for minute in range(3)),
        datetime.fromisoformat("2026-01-06 16:00:00"),
        datetime.fromisoformat("2004-12-31 23:59:59"),
        datetime.fromisoformat("2026-02-01 07:00:00") + timedelta(seconds=1),
    ]
)
punches: st.SearchStrategy[Punch] = st.tuples(
    st.sampled_from(["1", "01", "uid:1", "1\0"]),
    times,
    st.sampled_from([0, 1, 255]),
    st.sampled_from([None, 1, 15]),
    st.sampled_from([None, "0", "7"]),
    st.binary(max_size=2),
)
batches = st.builds(
    Batch,
    st.sampled_from([*TERMINALS, "unknown"]),
    st.sampled_from(["poll", "live", "mqtt", "file"]),
    st.just(RECEIVED),
    st.lists(punches, max_size=6),
    st.lists(st.tuples(st.binary(max_size=2), st.sampled_from(["odd size", "no id"])), max_size=2),
)
calls = st.lists(st.lists(batches, max_size=3), max_size=4)


@dataclass(frozen=True)
class Stored:
    """What the database holds, without order, identity numbers and times of sight."""

    keys: list[Key]
    said: set[tuple[Key, str, object]]
    rejected: list[tuple[str, bytes]]
    days: set[tuple[str, date]]
    times_seen: int


def stored(connection: Connection) -> Stored:
    with connection.transaction():
        keys = connection.execute(
            "SELECT name, pin, local_time, state FROM punch JOIN terminal t ON t.id = terminal_id ORDER BY 1, 2, 3, 4"
        ).fetchall()
        said = connection.execute(
            "SELECT name, pin, local_time, state, verify, work_code "
            f"FROM (SELECT {FIELDS} FROM punch UNION ALL SELECT {FIELDS} FROM punch_variant) p "
            "JOIN terminal t ON t.id = terminal_id"
        ).fetchall()
        rejected = connection.execute("SELECT terminal, raw FROM rejected ORDER BY 1, 2").fetchall()
        days = connection.execute("SELECT name, day FROM day_to_score JOIN terminal t ON t.id = terminal_id").fetchall()
        (seen,) = connection.execute("SELECT coalesce(sum(times_seen), 0) FROM rejected").fetchone() or (0,)
    facts = {(tuple(row[:4]), field, value) for row in said for field, value in zip("vw", row[4:], strict=True)}
    return Stored(keys, {fact for fact in facts if fact[2] is not None}, rejected, set(days), seen)


def plausible(punch: Punch) -> bool:
    return (
        datetime.fromisoformat("2005-01-01 00:00:00") <= punch[1] <= datetime.fromisoformat("2026-02-01 07:00:00")
        and "\0" not in punch[0]
    )


def expected(all_batches: Sequence[Batch]) -> Stored:
    good = [
        (batch.terminal, punch)
        for batch in all_batches
        for punch in batch.punches
        if batch.terminal in TERMINALS and plausible(punch)
    ]
    bad = [(batch.terminal, raw) for batch in all_batches for raw, _ in batch.rejected] + [
        (batch.terminal, punch[5])
        for batch in all_batches
        for punch in batch.punches
        if not (batch.terminal in TERMINALS and plausible(punch))
    ]
    said = {
        ((name, *punch[:3]), field, value)
        for name, punch in good
        for field, value in zip("vw", punch[3:5], strict=True)
    }
    return Stored(
        sorted({(name, *punch[:3]) for name, punch in good}),
        {fact for fact in said if fact[2] is not None},
        sorted(set(bad)),
        {(name, punch[1].date()) for name, punch in good},
        len(bad),
    )


def empty(connection: Connection) -> None:
    with connection.transaction():
        connection.execute(
            "DELETE FROM punch; DELETE FROM punch_variant; DELETE FROM rejected; DELETE FROM day_to_score"
        )


@pytest.fixture
def two_terminals(connection: Connection) -> None:
    for name in TERMINALS:
        connection.execute(
            "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES (%s, 'attlog', 'Asia/Jakarta', now())",
            [name],
        )
    connection.commit()


@pytest.mark.usefixtures("two_terminals")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=calls, seed=st.randoms(use_true_random=False))
def test_nothing_is_lost_and_order_and_repeats_do_not_matter(
    connection: Connection, calls: list[list[Batch]], seed: random.Random
) -> None:
    empty(connection)
    total = sum((accept(connection, call) for call in calls), Counts())
    every = [batch for call in calls for batch in call]
    wanted = expected(every)
    assert stored(connection) == wanted
    assert total.read == sum(len(batch.punches) + len(batch.rejected) for batch in every)
    assert total.read == total.accepted + total.duplicate + total.rejected
    assert (total.accepted, total.rejected) == (len(wanted.keys), wanted.times_seen)

    variants = connection.execute("SELECT count(*) FROM punch_variant").fetchone()
    connection.commit()
    again = sum((accept(connection, call) for call in calls), Counts())
    assert again == Counts(total.read, 0, total.accepted + total.duplicate, total.rejected)
    after = stored(connection)
    assert (after.keys, after.said, after.rejected, after.days) == (
        wanted.keys, wanted.said, wanted.rejected, wanted.days,
    )  # fmt: skip
    assert connection.execute("SELECT count(*) FROM punch_variant").fetchone() == variants
    connection.commit()

    empty(connection)
    seed.shuffle(every)
    turned = [
        Batch(batch.terminal, batch.source, batch.received_at, batch.punches[::-1], batch.rejected[::-1])
        for batch in every
    ]
    accept(connection, turned)
    assert stored(connection) == wanted
