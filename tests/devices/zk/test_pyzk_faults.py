"""The faults of pyzk that concern reading (docs/zk.md), in the order of that table."""

import struct
from datetime import datetime

import pytest

from devices.errors import RetriableTerminalError, TerminalError
from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import RECORD_SIZES, RecordSize, StoredPunch, encode_record
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk.clock import IMPOSSIBLE_TIME
from devices.zk.frames import Command
from devices.zk.log import JUNK_PREFIX, decode_records
from devices.zk.pyzk import FramedZK
from devices.zk.terminal import Terminal, open_terminal
from tests.devices.zk.sessions import PATIENCE, SOON, Punches, no_longer_than, reading


def is_closed(opened: Terminal) -> bool:
    link = opened._zk.link
    assert link is not None
    return link._socket.fileno() == -1


# peer closes, resets or stalls mid-transfer


@pytest.mark.parametrize("fault", [Faults(close_after=20_000), Faults(reset_after=20_000)], ids=["closes", "resets"])
def test_peer_ends_mid_transfer(punches: Punches, fault: Faults) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3000), faults=fault)
    with (
        reading(terminal) as opened,
        no_longer_than(SOON),
        pytest.raises(RetriableTerminalError, match=r"broke off while reading its attendance log .*\d{5} bytes"),
    ):
        opened.read_log()


def test_peer_stalls_mid_transfer(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3000), faults=Faults(stall_after=20_000))
    with (
        reading(terminal, patience=PATIENCE) as opened,
        no_longer_than(SOON),
        pytest.raises(RetriableTerminalError, match=r"fell silent for 0\.8 s while reading its attendance log"),
    ):
        opened.read_log()


def test_peer_that_trickles_is_stopped_by_the_deadline_of_the_transfer(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3000), faults=Faults(pause=0.05))
    with (
        reading(terminal, patience=SOON, transfer=0.5) as opened,
        no_longer_than(SOON),
        pytest.raises(RetriableTerminalError, match=r"was not done within 0\.5 s while reading its attendance log"),
    ):
        opened.read_log()


# 3000 x 40 B in 1008-byte packets arriving fast, and in any other pacing


@pytest.mark.parametrize(
    "faults",
    [
        Faults(),
        Faults(pause=0.002),
        Faults(split=7),
        Faults(split=1500),
        Faults(coalesce=True),
        Faults(coalesce=True, split=999),
    ],
    ids=["fast", "paced", "split-7", "split-1500", "coalesced", "coalesced-split"],
)
def test_1008_byte_packets_in_any_pacing(punches: Punches, faults: Faults) -> None:
    stored = punches(3000)
    with reading(SimulatedTerminal("T1", (), stored, faults=faults)) as opened:
        log = opened.read_log()
    assert [(punch[0], punch[1]) for punch in log.punches] == [(punch.pin, punch.local_time) for punch in stored]


# one Feb-30 record


@pytest.mark.parametrize("size", RECORD_SIZES)
def test_one_february_30_record(punches: Punches, size: RecordSize) -> None:
    good = punches(200)
    template = encode_record(StoredPunch("1", datetime(2026, 1, 5, 8, 3, 12)), 1, size)  # noqa: DTZ001 - as a clock shows
    bad = template.replace(bytes.fromhex("40e3d431"), struct.pack("<I", 840_873_600))
    assert bad != template
    with reading(SimulatedTerminal("T1", (), [*good, bad, *good], record_size=size)) as opened:
        log = opened.read_log()
    assert len(log.punches) == 400
    assert log.rejected == [(bad, IMPOSSIBLE_TIME)]


# 49-byte records: test_terminal.test_a_log_is_read_as_it_was_stored reads them


# punch lands between count and read


@pytest.mark.parametrize("size", RECORD_SIZES)
@pytest.mark.parametrize("count", [1, 4, 500])
def test_punch_lands_between_count_and_read(punches: Punches, size: RecordSize, count: int) -> None:
    terminal = SimulatedTerminal("T1", (), punches(count), record_size=size, faults=Faults(punch_during_read=("100",)))
    with reading(terminal) as opened:
        log = opened.read_log()
    assert log.record_size == size
    assert len(log.punches) == count + 1
    assert terminal.received.count(Command.PREPARE_BUFFER) == 2, "read again, not guessed"


def test_punches_land_in_every_reading(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(500), record_size=16, faults=Faults(punch_during_read=("100",) * 9))
    with reading(terminal) as opened:
        log = opened.read_log()
    assert len(log.punches) == terminal.memory.records() == 504


def test_bytes_that_never_fit_the_count_are_not_taken(punches: Punches) -> None:
    terminal = SimulatedTerminal(
        "T1", (), punches(1), faults=Faults(junk_prefix=JUNK_PREFIX)
    )  # 49 bytes: one of 49, or 9 + 40
    with reading(terminal) as opened, pytest.raises(RetriableTerminalError, match=r"cannot be told into records.*USB"):
        opened.read_log()


# late reply after a timeout


def test_late_reply_ends_the_connection_and_the_next_one_is_clean() -> None:
    terminal = SimulatedTerminal("T1", faults=Faults(late={Command.OPTION_READ: 2.0}))
    with terminal.serving() as (host, port):
        with open_terminal(f"{host}:{port}", patience=PATIENCE) as opened:
            with pytest.raises(RetriableTerminalError, match="fell silent"):
                opened.read_identity()
            with pytest.raises(TerminalError):
                opened.read_sizes()
        terminal.faults = Faults()
        with open_terminal(f"{host}:{port}") as opened:
            assert opened.read_identity().serial_number == "T1"


# disconnect() on a dead link


def test_disconnect_on_a_dead_link_closes_the_socket_and_keeps_the_first_error(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3000), faults=Faults(close_after=5000))
    with pytest.raises(RetriableTerminalError, match="broke off while reading"), reading(terminal) as opened:
        opened.read_log()
    assert is_closed(opened)


def test_terminal_restarts_meanwhile() -> None:
    terminal = SimulatedTerminal("T1")
    with (
        reading(terminal) as opened,
        pytest.raises(RetriableTerminalError, match="broke off while being restarted"),
        opened.boundary("being restarted", SOON),
    ):
        opened._zk.ask(Command.RESTART)


# large logs


def test_large_logs_are_decoded_in_linear_time(punches: Punches) -> None:
    body = b"".join(encode_record(punch, 1, 40) for punch in punches(1000)) * 200
    with no_longer_than(SOON):
        assert len(decode_records(body, 40)[0]) == 200_000


# attendance read


def test_attendance_read_does_not_download_users(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(200))
    with reading(terminal) as opened:
        opened.read_log()
    assert terminal.received.count(Command.PREPARE_BUFFER) == 1


def test_attendance_read_compares_bytes_with_bytes_announced(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3000), faults=Faults(short_slices=40))
    with (
        reading(terminal) as opened,
        pytest.raises(RetriableTerminalError, match=r"sent \d+ bytes of 120004 while reading"),
    ):
        opened.read_log()


@pytest.mark.parametrize(
    "faults", [Faults(junk_prefix=JUNK_PREFIX), Faults(under_report=44)], ids=["junk", "under-report"]
)
@pytest.mark.parametrize("count", [3, 3000])
def test_attendance_read_with_odd_stream_heads(punches: Punches, faults: Faults, count: int) -> None:
    with reading(SimulatedTerminal("T1", (), punches(count), faults=faults)) as opened:
        log = opened.read_log()
    assert (len(log.punches), log.rejected) == (count, [])


# fields


def test_fields_keep_the_work_code() -> None:
    stored = StoredPunch("1", datetime(2026, 1, 5, 8, 0), 0, 1, 53)  # noqa: DTZ001 - as a clock shows it
    with reading(SimulatedTerminal("T1", (), [stored], record_size=16)) as opened:
        assert opened.read_log().punches[0][4] == "53"


# exceptions that escape


def test_sizes_cut_short_are_no_empty_log(punches: Punches) -> None:
    terminal = SimulatedTerminal("T1", (), punches(3), faults=Faults(broken_sizes=70))
    with reading(terminal) as opened, pytest.raises(RetriableTerminalError, match="did not say how many records"):
        opened.read_log()


@pytest.mark.parametrize(
    "escaping",
    [
        *(struct.error("unpack"), OSError("gone"), TimeoutError("timed out"), ValueError("day"), TypeError("None")),
        *(UnboundLocalError("user_id"), AttributeError("decode"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")),
    ],
    ids=lambda error: type(error).__name__,
)
def test_exceptions_that_escape_are_mapped_and_drop_the_connection(
    escaping: Exception, punches: Punches, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(*_: object) -> None:
        raise escaping

    monkeypatch.setattr(FramedZK, "read_buffer", raising)
    with reading(SimulatedTerminal("T1", (), punches(3))) as opened:
        with pytest.raises(RetriableTerminalError, match=r"while reading its attendance log .*Try again") as caught:
            opened.read_log()
        assert caught.value.__cause__ is escaping
        assert is_closed(opened)


def test_an_interruption_is_no_error_of_the_terminal(punches: Punches, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(FramedZK, "read_buffer", interrupted)
    with pytest.raises(KeyboardInterrupt), reading(SimulatedTerminal("T1", (), punches(3))) as opened:
        opened.read_log()
    assert is_closed(opened)
