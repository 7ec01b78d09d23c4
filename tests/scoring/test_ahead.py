"""Reading ahead and writing behind: in order, one piece at a time, and no error is lost."""

import threading
from collections.abc import Callable, Iterator

import pytest

from scoring.ahead import read_ahead, written_behind

PATIENCE = 30.0


def test_the_next_item_is_made_while_the_last_is_used() -> None:
    second_made = threading.Event()

    def items() -> Iterator[int]:
        yield 1
        second_made.set()
        yield 2

    with read_ahead(items()) as made:
        used = []
        for item in made:
            assert second_made.wait(PATIENCE), "nobody makes the second while the first is used"
            used.append(item)
    assert used == [1, 2]


def test_what_making_an_item_raises_comes_after_the_items_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise LookupError("no law")

    used: list[int] = []
    with pytest.raises(LookupError, match="no law"), read_ahead(items()) as made:
        used.extend(made)
    assert used == [1]


def test_pieces_are_done_in_order_by_one_other_thread() -> None:
    done: list[tuple[int, int]] = []
    with written_behind() as write:
        for number in range(20):
            write(lambda number=number: done.append((number, threading.get_ident())))  # type: ignore[misc]
    assert [number for number, _ in done] == list(range(20))
    assert {thread for _, thread in done} != {threading.get_ident()}
    assert len({thread for _, thread in done}) == 1


def test_after_a_piece_that_failed_none_is_done() -> None:
    done: list[int] = []

    def fail() -> None:
        raise OSError("disk full")

    def several(write: Callable[[Callable[[], None]], None]) -> None:
        for piece in (lambda: done.append(1), fail, lambda: done.append(2), lambda: done.append(3)):
            write(piece)

    with pytest.raises(OSError, match="disk full"), written_behind() as write:
        several(write)
    assert done == [1]


def test_the_last_piece_is_waited_for_and_its_error_is_told() -> None:
    def fail() -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), written_behind() as write:
        write(fail)


def test_what_fails_beside_is_told_and_the_piece_under_way_is_finished() -> None:
    begun, done = threading.Event(), []

    def piece() -> None:
        begun.set()
        done.append(1)

    def hand_over_and_fail(write: Callable[[Callable[[], None]], None]) -> None:
        write(piece)
        assert begun.wait(PATIENCE)
        raise LookupError("no law")

    with pytest.raises(LookupError, match="no law"), written_behind() as write:
        hand_over_and_fail(write)
    assert done == [1]
