"""Pain 16: a live event of unknown size ends the program."""

import pytest

from devices.zk.events import LAYOUTS, LONGEST, UNKNOWN_SIZE, decode_event
from devices.zk.frames import Command, Packet


@pytest.mark.parametrize("size", [size for size in range(1, 120) if size not in LAYOUTS and size % LONGEST])
def test_it_is_kept_with_its_bytes_for_the_next_poll_to_explain(size: int) -> None:
    data = bytes(range(size))
    assert decode_event(Packet(Command.EVENT, 1, 0, data)) == ([], [(data, UNKNOWN_SIZE)])
