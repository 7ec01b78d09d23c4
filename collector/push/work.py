"""What a terminal is asked, what it answers, and what it tells of itself."""

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, get_args

import psycopg
import structlog

from collector.push.door import CONNECTION_SECONDS, Guest
from collector.push.intake import identity
from config import troubles
from devices.iclock import orders as dialect
from devices.iclock.orders import Asked, Order, Result
from ingest import health, push_orders, push_terminals
from ingest.health import Identity

COUNTED_DAYS = 31
"""Once a day a terminal is asked how many punches it holds of so many past days."""
HEARD_SECONDS = 30
"""A terminal asks every few seconds; its health is written not more often than so."""
INFO_FIRMWARE, INFO_RECORDS = 0, 3
"""Places in INFO=firmware,users,fingerprints,records,…"""

log = structlog.get_logger()


def register(caller: Guest, options: Mapping[str, str]) -> str:
    """The registry code of a terminal, always the same; and what it says of itself."""
    pusher = caller.pusher
    code = pusher.registry_code or secrets.token_hex(16)
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        push_terminals.spoke(
            connection, pusher.serial_number, access=options.get("DeviceType", "acc") == "acc", registry_code=code
        )
        said = replace(identity(options), serial_number=pusher.serial_number)
        health.was_read(connection, caller.terminal_id, caller.at, None, said, keep_error=True)
    return code


def note_greeting(caller: Guest) -> None:
    """A terminal that is admitted is neither blocked nor elsewhere nor without its key, whatever was told before."""
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        health.seen(connection, caller.terminal_id, caller.at)


def note_dialect(caller: Guest, *, access: bool) -> None:
    """A terminal says outright which dialect it speaks: it can be switched."""
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        push_terminals.spoke(connection, caller.pusher.serial_number, access=access, registry_code=None)


def orders(caller: Guest, info: str) -> str:
    """What a terminal is to do now, as it takes it. Once a day it is asked for its count."""
    serial_number = caller.pusher.serial_number
    synced_until = caller.quiet.asked(serial_number, caller.at)
    if caller.pusher.unread:
        synced_until = None  # by its own count it holds punches that are not stored
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        if info:
            health.was_read(connection, caller.terminal_id, caller.at, None, _told(info), keep_error=True)
        if caller.quiet.to_tell(serial_number, caller.at, timedelta(seconds=HEARD_SECONDS)):
            health.seen(connection, caller.terminal_id, caller.at, synced_until=synced_until)
        midnight = caller.at.astimezone(caller.zone).replace(tzinfo=None, hour=0, minute=0, second=0, microsecond=0)
        first, last = midnight - timedelta(days=COUNTED_DAYS), midnight - timedelta(seconds=1)
        push_orders.ask_daily(connection, caller.terminal_id, first, last, at=caller.at)
        taken = push_orders.take(connection, caller.terminal_id, caller.at)
    given = [Asked(number, _order(kind), first, last) for number, kind, first, last in taken]
    return dialect.text(given, access=caller.pusher.access)


def take_results(caller: Guest, body: bytes) -> None:
    """Note results. A terminal that counts more punches than are stored is asked to upload that span again."""
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        for result in dialect.results(body):
            figure = result.code if result.count is None else result.count
            order = push_orders.answered(connection, caller.terminal_id, result.id, figure, caller.at)
            if result.code < 0:
                meaning = dialect.MEANINGS.get(result.code, "not known")
                log.warning("push.order_failed", terminal=caller.name, code=result.code, meaning=meaning)
            if order is not None and order[1] == "count" and result.count is not None:
                _compare(connection, caller, order, result.count)


def take_count(caller: Guest, result: Result | None) -> None:
    """Note the number that an access terminal gives apart from its result; None where it holds none."""
    with caller.pool.connection(timeout=CONNECTION_SECONDS) as connection:
        if result is None or result.count is None:
            health.seen(connection, caller.terminal_id, caller.at)
            return
        order = push_orders.answered(connection, caller.terminal_id, result.id, result.count, caller.at)
        if order is not None and order[1] == "count":
            _compare(connection, caller, order, result.count)


def _compare(connection: psycopg.Connection[Any], caller: Guest, order: push_orders.Order, count: int) -> None:
    """What an access terminal counts are events of its doors too, of all time: that is only shown."""
    if caller.pusher.access:
        health.was_read(connection, caller.terminal_id, caller.at, None, Identity(record_count=count), keep_error=True)
        return
    _, _, first, last = order
    stored = push_orders.stored(connection, caller.terminal_id, first, last)
    missing = max(count - stored, 0)
    if not missing:
        health.seen(connection, caller.terminal_id, caller.at, unread=0)
        return
    log.warning("push.punches_missing", terminal=caller.name, holds=count, stored=stored)
    push_orders.ask(connection, caller.terminal_id, "upload", first, last, at=caller.at)
    warning = f"{troubles.what('punches_missing', 'en')} ({count}, {stored})"
    health.was_read(
        connection, caller.terminal_id, caller.at, None, unread=missing, warning=warning, cure="punches_missing"
    )


def _told(info: str) -> Identity:
    parts = [part.strip() for part in info.split(",")]
    count = parts[INFO_RECORDS] if len(parts) > INFO_RECORDS else ""
    return identity({"FirmVer": parts[INFO_FIRMWARE], "TransactionCount": count})


def _order(kind: str) -> Order:
    return next(order for order in get_args(Order) if order == kind)
