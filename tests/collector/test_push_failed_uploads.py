"""A terminal whose uploads fail, or that counts more than is stored, is not believed to have sent everything."""

import socket
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest

from collector.push import commands
from collector.push.quiet import QUIET, Quiet
from ingest import health
from ingest.database import ConnectionPool
from tests.collector.pushing import SERIAL, ask, endpoint, registered, rows
from tests.waiting import until

__all__ = ["registered"]

PUNCH = b"7\t2026-01-05 07:28:00\t0\t1\t0\t0\t0\n"
QUESTION = f"/iclock/getrequest?SN={SERIAL}"
UPLOAD = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=1"
HEALTH = "SELECT synced_until, cure, unread FROM terminal_health"


def half_an_upload(url: str) -> None:
    """Announce more than is sent, and go."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        head = f"POST {UPLOAD} HTTP/1.1\r\nHost: tepat\r\nContent-Length: 1000\r\n\r\n"
        connection.sendall(head.encode() + PUNCH)


def cure(pool: ConnectionPool) -> str | None:
    found = rows(pool, HEALTH)
    return found[0][1] if found else None


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Health is written at every question."""
    monkeypatch.setattr("collector.push.work.HEARD_SECONDS", -1)


def test_whoever_sends_in_vain_has_more_to_send() -> None:
    quiet, start = Quiet(), datetime(2026, 1, 5, 7, tzinfo=UTC)
    step = timedelta(seconds=5)
    quiet.sends("A1", start)
    for number in range(int(2 * QUIET / step)):
        now = start + number * step
        synced = quiet.asked("A1", now)
        if number % 6 == 0:
            quiet.sends("A1", now)
        assert synced is None
    assert "A2" not in quiet._contacts


@pytest.mark.usefixtures("soon")
def test_an_upload_that_breaks_off_or_is_too_large_is_told_and_holds_the_watermark(
    registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.push.app.LARGEST_BODY", 1000)
    with endpoint(registered) as url:
        ask(url, "GET", QUESTION)
        half_an_upload(url)
        until(lambda: cure(registered) == "upload_broken")
        ask(url, "GET", QUESTION)
        assert cure(registered) == "upload_broken", "a question for orders does not say that it is over"
        assert ask(url, "POST", UPLOAD, PUNCH * 100)[0] == 413
        assert cure(registered) == "upload_too_large"
        monkeypatch.setattr("collector.push.quiet.QUIET", timedelta(seconds=60))
        ask(url, "GET", QUESTION)
        assert rows(registered, HEALTH)[0][0] is None
        assert ask(url, "POST", UPLOAD, PUNCH)[0] == 200
        assert cure(registered) is None


@pytest.mark.usefixtures("soon")
def test_by_its_own_count_it_holds_more_and_is_not_synced(
    registered: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.push.quiet.QUIET", timedelta(0))
    with endpoint(registered) as url:
        order = ask(url, "GET", QUESTION)[1].split(":")[1]
        ask(url, "POST", f"/iclock/devicecmd?SN={SERIAL}", f"ID={order}&Return=50&CMD=VERIFY SUM".encode())
        if not rows(registered, HEALTH)[0][2]:
            pytest.fail("the count was not taken")
        before = rows(registered, HEALTH)[0][0]
        ask(url, "GET", f"{QUESTION}&INFO=Ver1,5,5,50")
        ask(url, "POST", UPLOAD, PUNCH)
        synced, trouble, unread = rows(registered, HEALTH)[0]
        assert (synced, trouble, unread) == (before, "punches_missing", 50)


def test_a_line_may_end_with_cr_alone_and_a_table_be_named_anything(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        body = b"5\t2026-01-05 07:28:00\t0\t1\r6\t2026-01-05 07:28:05\t0\t1\r"
        assert ask(url, "POST", UPLOAD, body)[1] == "OK:2"
        assert rows(registered, "SELECT pin FROM punch ORDER BY 1") == [("5",), ("6",)]
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=ATTLOG%00&Stamp=1", PUNCH)[0] == 200


@pytest.mark.usefixtures("command_line")
def test_approving_again_keeps_the_network_and_ends_what_was_told(registered: ConnectionPool) -> None:
    commands.approve_terminal(SERIAL, network="10.20.0.0/16")
    with endpoint(registered) as url:
        assert ask(url, "GET", QUESTION)[0] == 403
    assert cure(registered) == "push_elsewhere"
    commands.approve_terminal(SERIAL, counted_answer=True)
    assert rows(registered, "SELECT network::text FROM push_terminal") == [("10.20.0.0/16",)]
    assert cure(registered) is None
    commands.approve_terminal(SERIAL, any_network=True)
    assert rows(registered, "SELECT network FROM push_terminal") == [(None,)]


@pytest.mark.usefixtures("command_line")
def test_another_refusal_than_before_is_told_at_once(registered: ConnectionPool) -> None:
    with endpoint(registered) as url:
        for _ in range(2):
            commands.approve_terminal(SERIAL, network="10.20.0.0/16")
            assert ask(url, "GET", QUESTION)[0] == 403
            assert cure(registered) == "push_elsewhere"
            commands.block_terminal(SERIAL)
            assert ask(url, "GET", QUESTION)[0] == 403
            assert cure(registered) == "push_blocked"


def test_troubles_that_are_over_are_forgiven_and_others_stay(registered: ConnectionPool) -> None:
    with registered.connection() as connection:
        health.failed(connection, 1, datetime.now(UTC), "blocked", "push_blocked")
        health.forgive(connection, 1, ["push_key"])
    assert cure(registered) == "push_blocked"
