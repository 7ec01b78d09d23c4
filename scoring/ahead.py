"""Work in three hands: one reads ahead, one computes, one writes behind; each does one thing at a time, in order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def read_ahead(items: Iterable[T]) -> Iterator[Iterator[T]]:
    """The items, each made in another thread while the one before is being used. What making one raises is raised here.

    On leaving, the one under way is waited for.
    """
    with ThreadPoolExecutor(1, "read-ahead") as hand:
        yield _ahead(iter(items), hand)


def _ahead(items: Iterator[T], hand: ThreadPoolExecutor) -> Iterator[T]:
    end = object()
    following: Future[T | object] = hand.submit(next, items, end)
    while (item := following.result()) is not end:
        following = hand.submit(next, items, end)
        yield item  # type: ignore[misc]  # the end is not among them


@contextmanager
def written_behind() -> Iterator[Callable[[Callable[[], None]], None]]:
    """What to hand work to that another thread is to do, in order, and one piece at most ahead of it.

    What a piece raises is raised where the next is handed over, or on leaving in order; nothing is done after it.
    """
    with ThreadPoolExecutor(1, "write-behind") as hand:
        under_way: list[Future[None]] = []

        def hand_over(piece: Callable[[], None]) -> None:
            while under_way:
                under_way.pop().result()
            under_way.append(hand.submit(piece))

        yield hand_over
        while under_way:
            under_way.pop().result()
