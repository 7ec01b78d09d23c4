"""The arithmetic of adjustments: nothing is paid twice, nothing is left out, in whatever order things come."""

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from scoring.adjusted import Difference, Worth, beside, difference

PERCENT = st.integers(0, 10_000)
SEN = st.integers(0, 10**12)
NEW_SCORE = st.tuples(st.just("score"), PERCENT, SEN)
UNKNOWN = st.tuples(st.just("unknown"), st.sampled_from(["days", "rate", "class"]), st.none())
LOCK = st.tuples(st.just("lock"), st.none(), st.none())


@dataclass
class Month:
    """One employee's month as the tables keep it: versions, the locked one, adjustments."""

    versions: list[Worth]
    settled: Worth | None = None
    paid: list[tuple[int, int]] = field(default_factory=list)

    def lock_it(self) -> None:
        self.settled = self.versions[-1]
        self.paid.append((self.settled.payable or 0, self.settled.amount or 0))

    def lock_a_later_month(self) -> None:
        assert self.settled
        owed = difference(self.settled, self.versions[-1], in_rupiah=True)
        if owed is not None and owed.settles:
            self.paid.append((owed.percent or 0, owed.amount or 0))
            self.settled = self.versions[-1]


@given(NEW_SCORE, st.lists(st.one_of(NEW_SCORE, UNKNOWN, LOCK), max_size=30))
def test_what_was_paid_and_what_is_pending_is_what_the_newest_score_pays(
    first: tuple[str, int, int], events: list[tuple[str, object, int | None]]
) -> None:
    month = Month([Worth(1, first[1], first[2])])
    month.lock_it()
    known = month.versions[0]
    for what, said, sen in events:
        version = len(month.versions) + 1
        if what == "lock":
            month.lock_a_later_month()
        elif what == "score":
            assert isinstance(said, int)
            known = Worth(version, said, sen)
            month.versions.append(known)
        else:
            month.versions.append(Worth(version, None, None, said))  # type: ignore[arg-type]  # one of Lacks
    assert month.settled
    percent, amount = (sum(column) for column in zip(*month.paid, strict=True))
    owed = difference(month.settled, known, in_rupiah=True) or Difference(0, 0)
    assert (percent + (owed.percent or 0), amount + (owed.amount or 0)) == (known.payable, known.amount)


def test_versions_that_pay_the_same_owe_nothing() -> None:
    assert difference(Worth(1, 9950, 100), Worth(2, 9950, 100), in_rupiah=True) is None
    assert difference(Worth(1, 9950, 100), Worth(2, 9950, 101), in_rupiah=True) == Difference(0, 1)
    assert difference(Worth(2, 9950, 100), Worth(1, 0, 0), in_rupiah=True) is None, "an older one is not newer facts"


def test_a_month_locked_without_an_amount_is_adjusted_by_percent() -> None:
    assert difference(Worth(1, 9950, None), Worth(2, 10000, 700), in_rupiah=False) == Difference(50, None)
    assert difference(Worth(1, 9950, None), Worth(2, 9950, 700), in_rupiah=False) is None


def test_what_is_not_known_is_owed_and_not_settled() -> None:
    for lacks in ("days", "rate", "target"):
        owed = difference(Worth(1, 9950, 1), Worth(2, None, None, lacks), in_rupiah=True)
        assert owed is not None
        assert (owed.settles, owed.lacks) == (False, lacks)
    owed = difference(Worth(1, 9950, 1), Worth(2, 9950, None), in_rupiah=True)
    assert owed == Difference(None, None, "class")


def test_steps_beside_are_those_that_are_not_in_both() -> None:
    late, same = {"day": "2026-01-09", "kind": "late"}, {"day": "2026-01-12", "kind": "late"}
    payable, more = {"day": None, "kind": "payable", "percent": 1}, {"day": None, "kind": "payable"}
    found = beside([late, same, payable], [same, more])
    assert found == [
        {"day": "2026-01-09", "before": [late], "after": []},
        {"day": None, "before": [payable], "after": [more]},
    ]
    assert beside([late, same], [late, same]) == []
