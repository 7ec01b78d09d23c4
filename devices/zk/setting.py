"""Set a terminal's clock, and see whether it took that."""

import struct
from datetime import UTC, datetime, tzinfo

from devices.zk.clock import time_code
from devices.zk.frames import Command
from devices.zk.terminal import Terminal
from devices.zk.timing import HALF_A_SECOND, Moment, measured

SETTING_SECONDS = 20.0


def set_clock(terminal: Terminal, zone: tzinfo, before: Moment) -> Moment:
    """Set the clock to the time of the zone where the terminal hangs. → what it shows then.

    before: the look that showed it wrong; half its round trip is how long the order will take to get there. The clock
    takes whole seconds, so it is right to about half a second then. One that declines, or does nothing, shows it.

    Raises:
        TerminalError: the terminal failed meanwhile; whether the clock was set is not known then.
    """
    with terminal.boundary("setting its clock", SETTING_SECONDS):
        arrives_at = datetime.now(UTC) + before.round_trip / 2
        nearest = (arrives_at + HALF_A_SECOND).astimezone(zone).replace(tzinfo=None)
        terminal.ask(Command.SET_TIME, struct.pack("<I", time_code(nearest)))
        return measured(terminal.ask)
