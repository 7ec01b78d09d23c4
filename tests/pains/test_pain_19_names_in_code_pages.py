"""Pain 19: names in GBK, Arabic or other code pages, and names cut in the middle of a character."""

import pytest

from devices.simulator.zk.faults import Faults
from devices.simulator.zk.records import Person, RecordSize
from devices.simulator.zk.terminal import SimulatedTerminal
from devices.zk import people
from devices.zk.log import JUNK_PREFIX
from devices.zk.people import Wanted
from devices.zk.terminal import open_terminal

NAMES = [("gbk", "王小明"), ("cp1256", "محمد علي"), ("cp1252", "José Müller"), ("utf-8", "Nyoman Ãgung")]
REPLACED = "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("size", [16, 40])
@pytest.mark.parametrize("junk", [b"", JUNK_PREFIX], ids=["", "junk"])
@pytest.mark.parametrize(("encoding", "name"), NAMES, ids=[encoding for encoding, _ in NAMES])
def test_names_are_read_in_the_terminals_own_code_page(encoding: str, name: str, junk: bytes, size: RecordSize) -> None:
    terminal = SimulatedTerminal(
        "T1", [Person(7, "1007", name)], record_size=size, name_encoding=encoding, faults=Faults(people_junk=junk)
    )
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        (user,) = opened.read_users(encoding)
    assert (user.uid, user.pin) == (7, "1007")
    assert name.startswith(user.name.rstrip(REPLACED))
    assert user.name == name or size == 16


@pytest.mark.parametrize(("encoding", "name"), NAMES, ids=[encoding for encoding, _ in NAMES])
def test_a_name_in_another_code_page_than_said_shows_wrong_and_breaks_nothing(encoding: str, name: str) -> None:
    terminal = SimulatedTerminal("T1", [Person(7, "1007", name)], name_encoding=encoding)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        for other in ("utf-8", "ascii", "gbk", "cp1256"):
            assert opened.read_users(other)[0].pin == "1007"


@pytest.mark.parametrize("size", [16, 40])
@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_long_name_is_cut_between_characters_and_nobody_finds_half_of_one(encoding: str, size: RecordSize) -> None:
    name = "A" + "王" * 30
    terminal = SimulatedTerminal("T1", record_size=size, name_encoding=encoding)
    with terminal.serving() as (host, port), open_terminal(f"{host}:{port}") as opened:
        kind = people.ask_kind(opened, [], encoding, size)
        assert people.write(opened, people.plan([], [Wanted("7", name)], kind), kind) == []
        (user,) = opened.read_users(encoding)
    assert len(user.name) > 1
    assert name.startswith(user.name)
