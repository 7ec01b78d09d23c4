"""The pretended iclock terminal behaves as firmware does: it forgets nothing that was not answered with OK."""

import contextlib
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from devices.errors import FatalTerminalError
from devices.records import Punch
from devices.simulator.iclock import SimulatedIclockTerminal

MORNING = datetime.fromisoformat("2026-01-05T07:00:00")
LOG: list[Punch] = [(str(number), MORNING + timedelta(seconds=number), 0, 1, None, b"") for number in range(1, 8)]


class Office:
    """A server with fixed answers by method and path, that keeps what it was sent."""

    def __init__(self) -> None:
        self.answers = {
            ("GET", "cdata"): (200, "GET OPTION FROM: A1\nATTLOGStamp=9"),
            ("POST", "cdata"): (200, "OK"),
            ("GET", "getrequest"): (200, "OK"),
            ("POST", "devicecmd"): (200, "OK"),
        }
        self.bodies: list[tuple[str, bytes]] = []
        self.url = ""

    def pins(self) -> list[str]:
        return [
            line.split("\t")[0] for name, body in self.bodies if name == "cdata" for line in body.decode().splitlines()
        ]


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            name = self.path.split("?")[0].rsplit("/", 1)[1]
            if self.command == "POST":
                office.bodies.append((name, self.rfile.read(int(self.headers["Content-Length"]))))
            status, text = office.answers[self.command, name]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, served(server):
        office.url = f"http://127.0.0.1:{server.server_port}"
        yield office


@contextlib.contextmanager
def served(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("answer", [(503, "OK"), (200, "ERROR"), (200, ""), (404, "")])
def test_what_is_not_answered_with_ok_is_sent_again(office: Office, answer: tuple[int, str]) -> None:
    office.answers["POST", "cdata"] = answer
    terminal = SimulatedIclockTerminal(office.url, "A1", batch=3, error_delay=0.01)
    assert terminal.send(LOG, seconds=0.1).buffered == 7
    assert set(office.pins()) == {"1", "2", "3"}, "it does not go on behind what was refused"
    office.answers["POST", "cdata"] = (200, "OK:3")
    office.bodies.clear()
    assert terminal.send().buffered == 0
    assert office.pins() == [punch[0] for punch in LOG]


def test_stamp_0_makes_it_upload_everything_again_and_another_stamp_does_not(office: Office) -> None:
    terminal = SimulatedIclockTerminal(office.url, "A1")
    terminal.send(LOG)
    for stamp, again in (("9", 0), ("0", 7)):
        office.bodies.clear()
        office.answers["GET", "cdata"] = (200, f"GET OPTION FROM: A1\nATTLOGStamp={stamp}")
        terminal._greeted = False  # as after a restart
        terminal.send()
        assert len(office.pins()) == again


def test_it_uploads_and_counts_a_span_and_knows_no_other_order(office: Office) -> None:
    span = "StartTime=2026-01-05 07:00:02\tEndTime=2026-01-05 07:00:04"
    office.answers["GET", "getrequest"] = (
        200, f"C:1:DATA QUERY ATTLOG {span}\nC:2:VERIFY SUM ATTLOG {span}\nC:3:INFO\n",
    )  # fmt: skip
    SimulatedIclockTerminal(office.url, "A1").send(LOG)
    assert office.pins()[7:] == ["2", "3", "4"]
    assert [body for name, body in office.bodies if name == "devicecmd"] == [
        b"ID=1&Return=0&CMD=DATA QUERY",
        b"ID=2&Return=0&AttLogCount=3&CMD=VERIFY SUM",
        b"ID=3&Return=-1002&CMD=INFO",
    ]


def test_an_office_that_is_not_there_is_no_error_but_an_address_that_is_none_is() -> None:
    assert SimulatedIclockTerminal("http://127.0.0.1:1", "A1", error_delay=0.01).send(LOG, seconds=0.05).buffered == 7
    with pytest.raises(FatalTerminalError, match="http://HOST:PORT"):
        SimulatedIclockTerminal("10.0.0.5:80", "A1")
