import threading
import time
from datetime import UTC, datetime

from devices.mqtt.inbox import Arrival, Inbox


def arrival(number: int, size: int = 1) -> Arrival:
    return Arrival(str(number), b"x" * size, datetime(2026, 1, 5, tzinfo=UTC), 1, number)


def test_a_full_batch_closes_at_once_and_a_part_of_one_after_the_wait() -> None:
    inbox = Inbox(100, 1000)
    for number in range(5):
        inbox.put([arrival(number)])
    begin = time.monotonic()
    assert [taken.packet for taken in inbox.take(3, 1000, 10, 10)] == [0, 1, 2]
    assert time.monotonic() - begin < 5
    assert [taken.packet for taken in inbox.take(3, 1000, 10, 0.01)] == [3, 4]
    assert inbox.take(3, 1000, 0.01, 10) == []


def test_a_batch_closes_at_its_size_also_but_never_without_a_message() -> None:
    inbox = Inbox(100, 1000)
    inbox.put([arrival(0, 50), arrival(1, 3), arrival(2, 3), arrival(3, 3)])
    begin = time.monotonic()
    assert [taken.packet for taken in inbox.take(9, 5, 10, 10)] == [0]
    assert [taken.packet for taken in inbox.take(9, 5, 10, 10)] == [1, 2]
    assert time.monotonic() - begin < 5
    assert [taken.packet for taken in inbox.take(9, 5, 10, 0.01)] == [3]


def test_a_batch_gathers_what_comes_while_it_waits() -> None:
    inbox = Inbox(100, 1000)
    inbox.put([arrival(0)])
    for number in (1, 2):
        threading.Timer(number / 20, inbox.put, [[arrival(number)]]).start()
    assert [taken.packet for taken in inbox.take(3, 1000, 10, 10)] == [0, 1, 2]


def test_it_tells_when_it_is_full_by_number_or_by_size_and_loses_nothing() -> None:
    by_number, by_size = Inbox(2, 1000), Inbox(1000, 10)
    for inbox, size in ((by_number, 1), (by_size, 5)):
        assert inbox.has_room()
        for number in range(2):
            inbox.put([arrival(number, size)])
        assert not inbox.has_room()
        inbox.put([arrival(2, size)])
        assert len(inbox.take(9, 1000, 0, 0)) == 3
        assert inbox.has_room()
        assert len(inbox) == 0
