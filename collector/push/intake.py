"""Stores what a terminal pushed; when this returns it is committed and may be acknowledged."""

from collections.abc import Mapping
from dataclasses import replace

import psycopg
import structlog

from collector.push.door import CONNECTION_SECONDS, Guest
from devices.iclock import uploads
from devices.iclock.operations import Operation, operations
from devices.iclock.uploads import Upload
from devices.records import Batch
from ingest import health, push_terminals, tampering
from ingest.accept import Counts, accept
from ingest.check import newest_plausible, writable
from ingest.health import Identity

OF_THE_RECORD = (psycopg.DataError, psycopg.IntegrityError, psycopg.errors.ProgramLimitExceeded)
"""Errors of the database that the same record would meet again for ever; all others pass."""

log = structlog.get_logger()


def take(caller: Guest, upload: Upload) -> int:
    """Store a post and note how far the terminal got; returns of how many records it consisted.

    The stamp is noted after the records: killed in between, the terminal sends them again, harmlessly.

    Raises:
        psycopg.Error: the database is away; the terminal keeps what is not acknowledged.
    """
    reading = uploads.read(upload, caller.zone)
    if reading.punches or reading.rejected:
        caller.quiet.sent(caller.pusher.serial_number, caller.at)
    batch = Batch(caller.name, "push", caller.at, reading.punches, reading.rejected)
    table = upload.table.lower()
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        if reading.punches or reading.rejected:
            counts = _accepted(connection, batch)
            log.debug("push.stored", terminal=caller.name, table=table, accepted=counts.accepted, read=counts.read)
        told = operations(upload, caller.zone)
        with connection.transaction():
            tampering.note(connection, caller.name, caller.at, map(_evidence, told))
            if upload.stamp is not None and table:
                push_terminals.stamped(connection, caller.pusher.serial_number, writable(table[:32]), upload.stamp)
            newest = newest_plausible(reading.punches, caller.at, caller.zone.key)
            options = identity(uploads.options_of(upload.body)) if table == "options" else Identity()
            said = replace(options, serial_number=caller.pusher.serial_number)
            health.was_read(connection, caller.terminal_id, caller.at, newest, said)
    return reading.lines


def _evidence(operation: Operation) -> tuple[str, Mapping[str, object]]:
    """An operation as the audit keeps it; its bytes lie among the rejected records under the same digest."""
    when = operation.local_time.isoformat() if operation.local_time else None
    detail = {"operation": operation.code, "local_time": when, "who": operation.who, "values": list(operation.values)}
    return operation.action, detail | {"record": operation.digest.hex()}


def identity(options: Mapping[str, str]) -> Identity:
    """The few settings of a terminal that are kept; the others hold passwords."""
    count = options.get("TransactionCount", "")
    return Identity(
        firmware=_short(options.get("FirmVer")),
        platform=_short(options.get("DeviceName")),
        record_count=int(count) if count.isascii() and count.isdecimal() and len(count) < 9 else None,  # noqa: PLR2004 - digits of an integer
    )


def _short(text: str | None) -> str | None:
    return "".join(sign for sign in text[:64] if sign.isprintable()) or None if text else None


def _accepted(connection: psycopg.Connection[tuple[object, ...]], batch: Batch) -> Counts:
    """All at once; one by one when a record among them cannot be stored, to find it and keep it as rejected."""
    try:
        return accept(connection, [batch])
    except OF_THE_RECORD as error:
        reason = f"The database refuses this record: {type(error).__name__}."
    parts = [replace(batch, punches=[punch], rejected=()) for punch in batch.punches]
    parts += [replace(batch, punches=(), rejected=[record]) for record in batch.rejected]
    if len(parts) == 1:
        raws = [punch[-1] for punch in batch.punches] + [raw for raw, _ in batch.rejected]
        return accept(connection, [replace(batch, punches=(), rejected=[(raw, reason) for raw in raws])])
    return sum((_accepted(connection, part) for part in parts), Counts())
