"""Pain 6: the same punch several times, because a terminal uploads again or two of them are read at once."""

import threading

from psycopg_pool import ConnectionPool

from tests.collector.listening import punches
from tests.collector.pushing import SERIAL, ask, endpoint, registered, rows

__all__ = ["registered"]


def test_uploads_repeated_at_the_same_time_are_each_acknowledged_and_stored_once(registered: ConnectionPool) -> None:
    lines = b"".join(f"{pin}\t{time}\t0\t1\t0\n".encode() for pin, time, *_ in punches(100))
    answers: list[tuple[int, str]] = []
    with endpoint(registered) as url:

        def upload() -> None:
            answers.append(ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=ATTLOG&Stamp=1", lines)[:2])

        uploads = [threading.Thread(target=upload) for _ in range(6)]
        for each in uploads:
            each.start()
        for each in uploads:
            each.join(30)
    assert answers == [(200, "OK:100")] * 6
    assert rows(registered, "SELECT count(*), count(DISTINCT pin) FROM punch") == [(100, 100)]
    assert rows(registered, "SELECT * FROM punch_variant") == []
