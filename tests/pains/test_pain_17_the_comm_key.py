"""Pain 17: the communication key is not known to many programs, or wrongly told apart from a dead terminal."""

import pytest

from devices.errors import FatalTerminalError
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.terminal import open_terminal


@pytest.mark.parametrize(("given", "said"), [(0, "asks for a communication key"), (8, "refuses the communication key")])
def test_a_missing_and_a_wrong_key_are_said_apart(given: int, said: str) -> None:
    with (
        SimulatedTerminal("T1", comm_key=77).serving() as (host, port),
        pytest.raises(FatalTerminalError, match=said),
        open_terminal(f"{host}:{port}", given),
    ):
        pass


@pytest.mark.parametrize("key", [1, 77, 999_999])
def test_the_right_key_opens(key: int) -> None:
    with (
        SimulatedTerminal("T1", comm_key=key).serving() as (host, port),
        open_terminal(f"{host}:{port}", key) as opened,
    ):
        assert opened.read_identity().serial_number == "T1"
