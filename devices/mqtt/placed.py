"""Pure: the times of a message as local times of the zone in which its terminal hangs, and what is doubtful in them."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import compress
from zoneinfo import ZoneInfo

from devices.mqtt.reading import Reading
from devices.records import Batch, Mark, Punch


def placed(reading: Reading, time_zone: str) -> Batch:
    """The records of a message with local times.

    A message without times gets that of its receipt, and is marked so; a punch that prints another offset than the
    zone had at that time keeps its wall time, and is marked.
    """
    batch = reading.batch
    if reading.times == "utc":
        return replace(batch, punches=[_at(punch, _local(punch[1], time_zone)) for punch in batch.punches])
    if reading.times == "receipt":
        shown = _local(batch.received_at.astimezone(UTC).replace(tzinfo=None, microsecond=0), time_zone)
        marks: list[Mark] = [(pin, shown, state, "time_of_receipt") for pin, _, state, *_ in batch.punches]
        return replace(batch, punches=[_at(punch, shown) for punch in batch.punches], marks=marks)
    marks = _of_other_offsets(reading, time_zone)
    return replace(batch, marks=[*batch.marks, *marks]) if marks else batch


def _of_other_offsets(reading: Reading, time_zone: str) -> list[Mark]:
    if not reading.offsets:
        return []
    punches = reading.batch.punches
    days = {punch[1].date() for punch in punches}
    if {*reading.offsets} == {_offset_all_day(time_zone, day) for day in days}:
        return []
    other = [
        offset not in _offsets(time_zone, punch[1].date(), punch[1].hour)
        for offset, punch in zip(reading.offsets, punches, strict=True)
    ]
    return [(pin, at, state, "other_offset") for pin, at, state, *_ in compress(punches, other)]


@lru_cache(4096)
def _offset_all_day(time_zone: str, day: date) -> int | None:
    """Minutes east of UTC, the same all day; None on a day with a clock change."""
    found = frozenset[int]().union(*(_offsets(time_zone, day, hour) for hour in range(24)))
    return min(found) if len(found) == 1 else None


@lru_cache(4096)
def _offsets(time_zone: str, day: date, hour: int) -> frozenset[int]:
    """Minutes east of UTC that the zone had in that hour of the wall; two where a clock change repeats it."""
    zone = ZoneInfo(time_zone)
    found = {datetime.combine(day, time(hour, fold=fold), zone).utcoffset() for fold in (0, 1)}
    return frozenset(offset // timedelta(minutes=1) for offset in found if offset is not None)


def _local(moment: datetime, time_zone: str) -> datetime:
    """moment: naive, UTC."""
    try:
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(time_zone)).replace(tzinfo=None)
    except OverflowError:  # at the end of the calendar; no plausible time, and refused as such
        return moment


def _at(punch: Punch, local_time: datetime) -> Punch:
    pin, _, state, verify, work_code, raw = punch
    return pin, local_time, state, verify, work_code, raw
