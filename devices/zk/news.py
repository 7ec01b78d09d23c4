"""What is new in a terminal's log: its end where that is safe, else the whole of it (the rules are in tail.py)."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from devices.records import Punch, Rejected
from devices.zk import tail
from devices.zk.log import decode_records
from devices.zk.tail import Remembered, Said
from devices.zk.terminal import Identity, Terminal

Records = tuple[list[Punch], list[Rejected]]
NOTHING: Records = ([], [])


@dataclass(frozen=True, slots=True)
class News:
    """What one reading brought.

    known: records that earlier readings of the log's end must have brought; a new one among them was missed by them.
    fresh: all others. remembered: what to keep for the next reading, once both are stored.
    why_whole: why the whole log was read; None when its end did.
    """

    known: Records
    fresh: Records
    remembered: Remembered
    why_whole: str | None


def read_news(
    terminal: Terminal,
    identity: Identity,
    remembered: Remembered | None,
    on_arrival: Callable[[int], None] | None = None,
) -> News:
    """Read what a terminal's log holds beyond what is remembered of it; nothing changes on the terminal.

    Raises:
        TerminalError: as `Terminal.read_log`.
    """
    sizes = identity.sizes
    said = Said(identity.serial_number, identity.firmware, sizes.records, sizes.records_capacity, identity.asked_at)
    why = tail.why_whole(remembered, said)
    if why is None and remembered is not None:
        found = _read_tail(terminal, said, remembered)
        if isinstance(found, News):
            return found
        why = found
    return _read_whole(terminal, said, remembered, why or "", on_arrival)


def _read_tail(terminal: Terminal, said: Said, remembered: Remembered) -> News | str:
    """The records after the anchor, or why the whole log must be read."""
    with terminal.prepared_log() as log:
        records = tail.records_in(log.size, remembered)
        if records is None:
            return tail.DISAGREE
        for first in tail.windows(remembered):
            window = log.read(
                remembered.head + first * remembered.record_size, (records - first) * remembered.record_size
            )
            if window is None:
                return tail.DECLINED
            end = tail.after_anchor(window, remembered)
            if end is not None:
                break
        else:
            return tail.NOT_FOUND
    if not said.records <= records <= terminal.read_sizes().records:
        return tail.DISAGREE
    fresh = decode_records(window[end:], remembered.record_size, time_last=remembered.time_last)
    return News(NOTHING, fresh, tail.after_tail(remembered, window, records), None)


def _read_whole(
    terminal: Terminal,
    said: Said,
    remembered: Remembered | None,
    why: str,
    on_arrival: Callable[[int], None] | None,
) -> News:
    log = terminal.read_log(on_arrival)
    kept = tail.after_whole(log, remembered, said)
    if kept.offset_reads == "unchecked" and kept.anchor and not said.nearly_full:
        kept = _checked(terminal, kept)
    cut = tail.known_bytes(log, remembered, said)
    if not cut or log.record_size is None:
        return News(NOTHING, (log.punches, log.rejected), kept, why)
    known = decode_records(log.body[:cut], log.record_size, time_last=log.time_last)
    fresh = decode_records(log.body[cut:], log.record_size, time_last=log.time_last)
    return News(known, fresh, kept, why)


def _checked(terminal: Terminal, kept: Remembered) -> Remembered:
    """Read the last records once more, beginning with them, and see whether they are the same bytes."""
    with terminal.prepared_log() as log:
        if log.came_whole:
            return kept
        first = kept.records - kept.anchored
        again = log.read(kept.head + first * kept.record_size, len(kept.anchor))
    if terminal.read_sizes().records < kept.records:
        return kept
    if again == kept.anchor:
        return replace(kept, offset_reads="good")
    return replace(kept, offset_reads="unfit", why_not=tail.UNFIT)
