"""Pain 30: a punch over plain HTTP is forged with one request by whoever knows the serial number on the machine."""

import pytest
from psycopg_pool import ConnectionPool

from ingest import push_terminals
from tests.collector.pushing import SERIAL, ask, endpoint, registered, rows
from tests.collector.test_push import NOW

__all__ = ["registered"]

LINE = b"7\t2026-01-05 07:28:00\t0\t15\t0\n"


@pytest.mark.parametrize("table", ["ATTLOG", "rtlog", "", "OPERLOG"])
def test_nothing_is_taken_from_another_network_or_for_another_serial_number(
    registered: ConnectionPool, table: str
) -> None:
    with registered.connection() as connection:
        push_terminals.approve(connection, SERIAL, "10.20.0.0/16", NOW)
    with endpoint(registered) as url:
        for serial, status in ((SERIAL, 403), ("INVENTED", 503), ("x' OR '1'='1", 400)):
            path = f"/iclock/cdata?SN={serial}&table={table}".replace(" ", "%20").replace("'", "%27")
            assert ask(url, "POST", path, LINE)[0] == status
    assert rows(registered, "SELECT * FROM punch") == rows(registered, "SELECT * FROM rejected") == []


@pytest.mark.parametrize("named", ["", "&pushcommkey=guessed"])
def test_the_serial_number_alone_forges_nothing_where_a_push_key_is_asked(
    registered: ConnectionPool, named: str
) -> None:
    with registered.connection() as connection:
        push_terminals.approve(connection, SERIAL, None, NOW, push_key="the-real-one")
    with endpoint(registered) as url:
        assert ask(url, "POST", f"/iclock/cdata?SN={SERIAL}&table=ATTLOG{named}", LINE)[0] == 503
    assert rows(registered, "SELECT * FROM punch") == []
    assert rows(registered, "SELECT action FROM audit") == [("push refused",)], "somebody can look who tried"
