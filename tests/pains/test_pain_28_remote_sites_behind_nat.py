"""Pain 28: terminals at remote sites, behind NAT and on bad lines, cannot be reached and must be able to push."""

import socket

from psycopg_pool import ConnectionPool

from devices.simulator.iclock import SimulatedIclockTerminal
from tests.collector.listening import punches
from tests.collector.pushing import SERIAL, endpoint, registered, rows
from tests.collector.test_push_killed import free_port

__all__ = ["registered"]

PINS = "SELECT pin FROM punch ORDER BY pin"


def test_a_terminal_that_can_only_call_out_delivers_everything_over_a_line_that_comes_and_goes(
    registered: ConnectionPool,
) -> None:
    port = free_port()
    terminal = SimulatedIclockTerminal(f"http://127.0.0.1:{port}", SERIAL, batch=7, error_delay=0.02)
    everything = punches(60)
    for first in range(0, 60, 20):
        assert terminal.send(everything[first : first + 10], seconds=0.1).buffered == 10, "nobody is there to take them"
        with endpoint(registered, port):
            assert terminal.send(everything[first + 10 : first + 20]).buffered == 0
    assert rows(registered, PINS) == [(f"{number:04}",) for number in range(60)]
    assert rows(registered, "SELECT * FROM rejected") == []


def test_a_line_that_breaks_before_the_answer_makes_no_punch_twice(registered: ConnectionPool) -> None:
    lines = b"".join(f"{pin}\t{time}\t0\t1\t0\n".encode() for pin, time, *_ in punches(5))
    path = f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=5"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(lines)}\r\n\r\n"
    with endpoint(registered) as url:
        port = int(url.rsplit(":", 1)[1])
        for sent in (lines[:40], lines):
            with socket.create_connection(("127.0.0.1", port)) as line:
                line.sendall(head.encode() + sent)
        assert SimulatedIclockTerminal(url, SERIAL).send(punches(5)).buffered == 0
    assert rows(registered, PINS) == [(f"{number:04}",) for number in range(5)]
