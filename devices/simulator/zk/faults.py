"""What can go wrong on purpose (docs/zk.md). The default does nothing wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Faults:
    """Each field is one fault; they can be combined, and changed while the terminal serves.

    split: bytes per piece in which every answer is sent.
    pause: seconds between two pieces, or between two packets of a transfer.
    coalesce: all packets of one answer leave in a single segment.
    stall_after, close_after, reset_after: bytes of a data transfer (per connection) after which the terminal stops
        sending, closes, or resets the connection.
    silent: connections are taken and never answered, and live events not told: the cable is pulled.
    foreign: bytes sent to whoever connects, by something that is no ZK terminal.
    refuse_second_client: a connection is closed at once while another client has a session.
    punch_during_read: pins that punch after the records were counted and before they are read: the first pin in the
        first buffered read, the second in the second, then nobody.
    event_before_reply: a live event of this pin goes out before every answer.
    event_padding: bytes behind each live event, which give it a size that is not known.
    late: command number -> seconds its answer waits.
    junk_prefix: bytes before the first record.
    people_junk: bytes before the first record of the list of people.
    forgets_people: a person who is written is answered with OK and not kept.
    punch_before: command number -> a pin that punches just before each answer to it.
    takes_while_disabled: people can punch although the terminal is disabled.
    declines: those of the commands to clear that are declined.
    under_report: bytes that the byte count before the records says too few.
    door_mode: works as a door controller: counts no records and declines to hand out its log with 4989.
    broken_sizes: the answer to the sizes command is cut to so many bytes.
    claimed_capacity: records the log is said to hold, where that is not the truth.
    claimed_time: what its clock shows, whatever the time is, as the number that the protocol carries.
    time_refused, time_ignored: setting the clock is declined; or accepted, and not done.
    offsets_ignored: every slice of a buffered read is taken from the beginning, whatever offset was asked.
    offsets_refused: a slice that does not follow on what was read already is declined.
    lose, duplicate: how probable it is that a UDP datagram is lost, or comes twice.
    reorder: the datagrams of one answer come in any order.
    short_slices: bytes that every slice of a buffered read lacks at its end.
    """

    split: int = 0
    pause: float = 0.0
    coalesce: bool = False
    stall_after: int | None = None
    close_after: int | None = None
    reset_after: int | None = None
    silent: bool = False
    foreign: bytes = b""
    refuse_second_client: bool = False
    punch_during_read: tuple[str, ...] = ()
    event_before_reply: str | None = None
    event_padding: int = 0
    late: Mapping[int, float] = field(default_factory=dict)
    junk_prefix: bytes = b""
    people_junk: bytes = b""
    forgets_people: bool = False
    punch_before: Mapping[int, str] = field(default_factory=dict)
    takes_while_disabled: bool = False
    declines: tuple[int, ...] = ()
    under_report: int = 0
    door_mode: bool = False
    broken_sizes: int | None = None
    claimed_capacity: int | None = None
    claimed_time: int | None = None
    time_refused: bool = False
    time_ignored: bool = False
    offsets_ignored: bool = False
    offsets_refused: bool = False
    lose: float = 0.0
    duplicate: float = 0.0
    reorder: bool = False
    short_slices: int = 0
