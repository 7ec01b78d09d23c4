"""accept() as a machine of random steps over two connections, beside a model: the plain list of what was ever said."""

from concurrent.futures import ThreadPoolExecutor

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from psycopg_pool import ConnectionPool

from devices.records import Batch
from ingest.accept import Counts, accept
from tests.ingest.test_accept_properties import TERMINALS, batches, empty, expected, stored

pytestmark = pytest.mark.timescale

SAYINGS = st.lists(batches, min_size=1, max_size=3)


class Collectors(RuleBasedStateMachine):
    """Two collectors that bring what terminals say: new, again, backwards, one after the other or at the same time."""

    pool: ConnectionPool

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Batch] = []

    @initialize()
    def begin(self) -> None:
        with self.pool.connection() as connection:
            empty(connection)

    @rule(saying=SAYINGS)
    def one_says(self, saying: list[Batch]) -> None:
        self.said += saying
        read = sum(len(batch.punches) + len(batch.rejected) for batch in saying)
        assert self.bring(saying).read == read

    @precondition(lambda self: self.said)
    @rule(data=st.data())
    def one_says_again_what_was_said(self, data: st.DataObject) -> None:
        again = data.draw(st.lists(st.sampled_from(self.said), min_size=1, max_size=3))
        backwards = [Batch(it.terminal, it.source, it.received_at, it.punches[::-1], it.rejected) for it in again]
        self.said += backwards
        assert self.bring(backwards).accepted == 0

    @rule(one=SAYINGS, other=SAYINGS)
    def both_say_at_the_same_time(self, one: list[Batch], other: list[Batch]) -> None:
        self.said += one + other
        before = self.rows()
        with ThreadPoolExecutor(2) as both:
            counts = sum(both.map(self.bring, (one, other)), Counts())
        assert counts.accepted == self.rows() - before, "each punch is new to one of them"

    @invariant()
    def the_tables_hold_what_was_said(self) -> None:
        with self.pool.connection() as connection:
            assert stored(connection) == expected(self.said)

    def bring(self, saying: list[Batch]) -> Counts:
        with self.pool.connection() as connection:
            return accept(connection, saying)

    def rows(self) -> int:
        with self.pool.connection() as connection:
            (count,) = connection.execute("SELECT count(*) FROM punch").fetchone() or (0,)
        return int(count)


@pytest.fixture
def known(pool: ConnectionPool) -> ConnectionPool:
    with pool.connection() as connection:
        for name in TERMINALS:
            connection.execute(
                "INSERT INTO terminal (name, kind, time_zone, added_at) VALUES (%s, 'attlog', 'Asia/Jakarta', now())",
                [name],
            )
    return pool


def test_whatever_two_collectors_bring_is_what_was_said(known: ConnectionPool) -> None:
    class OnThisDatabase(Collectors):
        pool = known

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=10, stateful_step_count=8, deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )  # fmt: skip
