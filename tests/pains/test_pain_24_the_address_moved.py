"""Pain 24: DHCP gives a terminal another address, and another one's punches come in under its name."""

from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from collector.rounds import poll_all
from devices.simulator.zk.records import StoredPunch
from ingest.database import ConnectionPool
from ingest.terminals import move_terminal
from tests.collector.test_machine import START, error_of, machine_of, named, register, serving, stored


def test_terminals_that_swap_addresses_keep_their_own_punches_and_say_what_to_correct(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        machines = {"aula": machine_of("SN-aula", "1"), "lobi": machine_of("SN-lobi", "2")}
        addresses = {name: serving(stack, machine) for name, machine in machines.items()}
        for name, address in addresses.items():
            register(pool, name, address)
        poll_all(pool, tmp_path)
        assert [named(pool, name).serial_number for name in machines] == ["SN-aula", "SN-lobi"]
        with pool.connection() as connection:
            move_terminal(connection, "aula", addresses["lobi"])
            move_terminal(connection, "lobi", addresses["aula"])
        for name, pin in (("aula", "11"), ("lobi", "22")):
            machines[name].memory.store(StoredPunch(pin, START + timedelta(days=1)))
        poll_all(pool, tmp_path)
        assert stored(pool) == [("aula", "1"), ("aula", "11"), ("lobi", "2"), ("lobi", "22")]
        assert "tepat terminal find NETWORK --take" in error_of(pool, "aula") + error_of(pool, "lobi")
        with pool.connection() as connection:
            move_terminal(connection, "aula", addresses["aula"])
            move_terminal(connection, "lobi", addresses["lobi"])
        assert [done.error for done in poll_all(pool, tmp_path)] == [None, None]
        assert (error_of(pool, "aula"), error_of(pool, "lobi")) == ("", "")


def test_an_unknown_machine_at_the_address_leaves_no_punch_under_the_wrong_name(
    pool: ConnectionPool, tmp_path: Path
) -> None:
    with ExitStack() as stack:
        register(pool, "lobi", serving(stack, machine_of("SN-lobi", "1")))
        poll_all(pool, tmp_path)
        with pool.connection() as connection:
            move_terminal(connection, "lobi", serving(stack, machine_of("SN-stranger", "2")))
        poll_all(pool, tmp_path)
    assert stored(pool) == [("lobi", "1")]
    assert "SN-stranger" in error_of(pool, "lobi")
