"""What it means when a terminal answered, but not as asked."""

from devices.errors import FatalTerminalError, RetriableTerminalError, TerminalError
from devices.zk.address import Address
from devices.zk.frames import Command


def declined(address: Address, code: int, comm_key: int, circumstance: str) -> TerminalError:
    """The error for an answer that is none of those hoped for. circumstance: when it was given; the key is not told."""
    if code == Command.UNAUTHENTICATED:
        said = "refuses the communication key that is set here" if comm_key else "asks for a communication key"
        return FatalTerminalError(f"The terminal at {address} {said}.", "wrong_key")
    if code == Command.NOT_THIS_MODE:
        return FatalTerminalError(
            f"The terminal at {address} works as a door controller and keeps no attendance log (answer {code}).",
            "door_mode",
        )
    return RetriableTerminalError(f"The terminal at {address} gave the answer {code} {circumstance}.", "odd_answer")
