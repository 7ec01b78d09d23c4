"""The doctor walks over real sockets and a real database, and names the step that is broken."""

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import typer
from psycopg_pool import ConnectionPool
from typer.testing import CliRunner

from collector.doctor import command, walk
from collector.doctor.finding import WORDS, Finding, Language, State
from collector.poll import poll
from collector.turn import turn
from config.only_one import only_one
from config.settings import Settings
from demo.broker import Mosquitto
from devices.simulator.iclock import SimulatedIclockTerminal
from devices.simulator.zk.faults import Faults
from ingest import broker_health, health, push_terminals
from ingest.terminals import add_terminal, change_terminal
from tests.brokers import broker, mosquitto
from tests.collector.listening import punches
from tests.collector.pushing import SERIAL, endpoint
from tests.collector.pushing import register as register_iclock
from tests.collector.test_poll import register, terminal_with

__all__ = ["broker", "mosquitto"]

app = typer.Typer()
app.command()(command.doctor)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.model_validate({"data_dir": tmp_path})


def walked(pool: ConnectionPool, settings: Settings, name: str = "lobi") -> dict[str, Finding]:
    found = list(walk.examine(name, pool, settings))
    assert len({finding.step for finding in found}) == len(found), "each step once"
    return {finding.step: finding for finding in found}


def states(found: dict[str, Finding]) -> dict[str, str]:
    return {step: finding.state for step, finding in found.items()}


def broken(found: dict[str, Finding]) -> list[str]:
    return [step for step, finding in found.items() if finding.state == "broken"]


def enrol(pool: ConnectionPool, pins: range) -> None:
    """Each pin of lobi belongs to an employee, whose days are judged up to yesterday."""
    with pool.connection() as connection:
        connection.execute("INSERT INTO unit (code, name, time_zone, rulebook)"
                           " VALUES ('U', 'U', 'Asia/Jakarta', 'kemenag-2014')")  # fmt: skip
        for pin in pins:
            connection.execute("INSERT INTO employee (nip, name, unit_id) SELECT %s, 'A', id FROM unit",
                               (f"1985010120100{pin:05d}",))  # fmt: skip
        connection.execute("INSERT INTO enrolment (terminal_id, pin, employee_id, valid_from)"
                           " SELECT terminal.id, right(nip, 5)::int::text, employee.id, '2020-01-01'"
                           " FROM terminal, employee")  # fmt: skip
        connection.execute(
            "INSERT INTO work_day (employee_id, day, kind, minutes_late, minutes_early, absent, codes, steps, law_id)"
            " SELECT id, %s, 'work', 0, 0, true, '', '[]', 1 FROM employee",
            (datetime.now(UTC).date() - timedelta(days=1),),
        )


def test_a_terminal_where_all_is_well(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(100, pool, clock=jakarta) as (_, terminal):
        assert poll(terminal, pool).error is None
        enrol(pool, range(1, 51))
        with only_one(settings.data_dir / "collector.lock", "taken"):
            found = walked(pool, settings)
    assert set(states(found).values()) == {"good"}
    assert [*found][-4:] == ["last_punch", "enrolled", "pins", "scored"]


def jakarta() -> datetime:
    return (datetime.now(UTC) + timedelta(hours=7)).replace(tzinfo=None)


def test_a_collector_is_said_to_run_only_where_one_is_seen_to(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(1, pool, clock=jakarta) as (_, terminal):
        assert walked(pool, settings)["collector"].sentence("en").endswith("none has ever noted anything of it.")
        with only_one(settings.data_dir / "collector.lock", "taken"):
            assert walked(pool, settings)["collector"].sentence("en") == "A collector runs on this computer."
        assert poll(terminal, pool).error is None
        assert "noted something of it lately" in walked(pool, settings)["collector"].sentence("en")


def test_each_break_behind_the_terminal_is_named(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(100, pool, clock=jakarta) as (_, terminal):
        never = walked(pool, settings)
        assert broken(never) == ["unread", "enrolled"]
        assert never["unread"].values["unread"] == 100
        assert poll(terminal, pool).error is None
        assert broken(walked(pool, settings)) == ["enrolled"]
        enrol(pool, range(1, 49))
        found = walked(pool, settings)
        assert broken(found) == []
        assert (found["pins"].state, found["pins"].values["pins"]) == ("unknown", "49, 50")
        with pool.connection() as connection:
            connection.execute("UPDATE work_day SET day = day - 2")
        assert broken(walked(pool, settings)) == ["scored"]


def test_days_that_wait_for_it_are_told(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(10, pool, clock=jakarta) as (_, terminal):
        poll(terminal, pool)
        enrol(pool, range(1, 11))
        with pool.connection() as connection:
            connection.execute("INSERT INTO waiting_day SELECT employee_id, '2026-01-06', terminal_id,"
                               " '2026-01-06 17:00Z', false FROM enrolment")  # fmt: skip
        scored = walked(pool, settings)["scored"]
    assert (scored.state, scored.values["count"], scored.values["first"]) == ("unknown", 10, date(2026, 1, 6))


def test_another_machine_a_wrong_clock_and_unread_records(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(10, pool, clock=lambda: jakarta() + timedelta(seconds=75)) as (_, terminal):
        poll(terminal, pool)
        found = walked(pool, settings)
        assert "clock" in broken(found)
        assert found["clock"].values["seconds"] in {74, 75, 76}
        with pool.connection() as connection:
            change_terminal(connection, "lobi", serial_number="SN-other")
        assert "serial" in broken(walked(pool, settings))


def test_out_of_use_is_not_asked(pool: ConnectionPool, settings: Settings) -> None:
    register(pool, "lobi", "192.0.2.1")
    with pool.connection() as connection:
        change_terminal(connection, "lobi", retired_at=datetime.now(UTC))
    found = walked(pool, settings)
    assert broken(found)[0] == "in_use"
    assert "port" not in found


def test_it_does_not_fight_the_collector(
    pool: ConnectionPool, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("collector.doctor.zk.TURN_SECONDS", 0.2)
    with terminal_with(10, pool) as (_, terminal), turn(settings.data_dir, terminal.id, wait_seconds=1):
        found = walked(pool, settings)
    assert broken(found)[0] == "turn"
    assert "port" not in found
    assert found["turn"].sentence("id") == "Program Tepat yang lain sedang membaca mesin ini."


def test_a_terminal_that_breaks_off_in_the_middle(pool: ConnectionPool, settings: Settings) -> None:
    with terminal_with(5, pool, faults=Faults(close_after=10)):
        found = walked(pool, settings)
    assert broken(found)[0] in {"talks", "log"}
    assert states(found)["key"] == "good"


def test_mqtt_from_the_setting_to_the_last_message(pool: ConnectionPool, settings: Settings, broker: Mosquitto) -> None:
    with pool.connection() as connection:
        terminal = add_terminal(connection, name="lobi", kind="mqtt", address="gate-1", comm_key=0,
                                time_zone="Asia/Jakarta", added_at=datetime.now(UTC))  # fmt: skip
    assert broken(walked(pool, settings))[0] == "broker_set"
    with_broker = settings.model_copy(update={"mqtt_host": broker.host, "mqtt_port": broker.port})
    found = walked(pool, with_broker)
    assert (found["broker"].state, broken(found)[0]) == ("good", "heard")
    missing = with_broker.model_copy(update={"mqtt_tls_ca": "/nowhere/ca.crt"})
    assert "/nowhere/ca.crt" in walked(pool, missing)["broker"].sentence("en")
    assert "broker_account" not in found, "without a collector nobody knows"
    with only_one(settings.data_dir / "collector.lock", "taken"):
        assert walked(pool, with_broker)["broker_account"].state == "unknown"
    with pool.connection() as connection:
        broker_health.counted(connection, f"{broker.host}:{broker.port}", 0, datetime.now(UTC))
    assert walked(pool, with_broker)["broker_account"].state == "good"
    with pool.connection() as connection:
        health.seen(connection, terminal.id, datetime.now(UTC))
    assert broken(walked(pool, with_broker)) == ["last_punch", "enrolled"]
    with pool.connection() as connection:
        health.failed(connection, terminal.id, datetime.now(UTC), "It is gone.", "went_offline")
    assert broken(walked(pool, with_broker))[0] == "told"
    broker.stop()
    found = walked(pool, with_broker)
    assert (broken(found)[0], found["broker"].trouble) == ("broker", "broker_refused")


def test_iclock_from_the_setting_to_the_last_question(pool: ConnectionPool, settings: Settings) -> None:
    register_iclock(pool, name="lobi")
    assert broken(walked(pool, settings)) == ["push_set", "enrolled"]
    set_up = settings.model_copy(update={"push_port": 8081})
    with endpoint(pool) as url:
        SimulatedIclockTerminal(url, SERIAL, error_delay=0.02).send(punches(3), seconds=5)
    found = walked(pool, set_up)
    assert broken(found) == ["enrolled"]
    assert found["asked"].values["host"] == "127.0.0.1"
    with pool.connection() as connection:
        push_terminals.approve(connection, SERIAL, "192.0.2.0/24", datetime.now(UTC))
        connection.execute("UPDATE push_terminal SET last_from = '127.0.0.1'")
    assert broken(walked(pool, set_up))[0] == "network"
    with pool.connection() as connection:
        connection.execute("UPDATE push_terminal SET status = 'blocked'")
    found = walked(pool, set_up)
    assert broken(found)[0] == "approved"
    assert "diblokir" in found["approved"].sentence("id")
    assert "blocked" not in found["approved"].sentence("id")


@pytest.mark.parametrize(("days", "state"), [(1, "good"), (36, "unknown"), (71, "broken")])
def test_attlog_by_its_last_file(pool: ConnectionPool, settings: Settings, days: int, state: str) -> None:
    with pool.connection() as connection:
        terminal = add_terminal(connection, name="lobi", kind="attlog", address=None, comm_key=0,
                                time_zone="Asia/Jakarta", added_at=datetime.now(UTC))  # fmt: skip
        health.was_read(connection, terminal.id, datetime.now(UTC) - timedelta(days=days), None)
    assert walked(pool, settings)["imported"].state == state


@pytest.fixture
def office(pool: ConnectionPool, command_line: dict[str, str]) -> ConnectionPool:
    assert command_line
    return pool


def test_the_command_in_both_languages_and_for_machines(office: ConnectionPool) -> None:
    register(office, "lobi", "127.0.0.1:1")
    told = CliRunner().invoke(app, ["lobi", "--language", "id"])
    assert told.exit_code == 1
    assert "✓ lobi terdaftar: jenis zk, alamat 127.0.0.1:1, zona waktu Asia/Jakarta." in told.output
    assert (
        "✗ Alamat ini menolak sambungan: ada perangkat di sana, tetapi port itu tertutup.\n  → Periksa" in told.output
    )
    told = CliRunner().invoke(app, ["lobi"], env={"LC_ALL": "", "LC_MESSAGES": "", "LANG": "en_US.UTF-8"})
    assert "✗ 127.0.0.1:1 refused the connection.\n  → Check that the address" in told.output
    document = json.loads(CliRunner().invoke(app, ["lobi", "--json"], env={"LANG": "id_ID.UTF-8"}).output)
    assert (document["terminal"], document["broken"]) == ("lobi", "port")
    (port,) = [step for step in document["steps"] if step["step"] == "port"]
    assert (port["state"], port["trouble"]) == ("broken", "refused")
    assert CliRunner().invoke(app, ["nobody"]).exit_code == 1


def test_a_screen_that_shows_ascii_only_gets_ascii_signs(
    office: ConnectionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(office, "lobi", "127.0.0.1:1")
    monkeypatch.setattr(command, "_shows", lambda _signs: False)
    told = CliRunner().invoke(app, ["lobi", "--language", "en"])
    assert "ok lobi is registered" in told.output
    assert "XX 127.0.0.1:1 refused" in told.output


@pytest.mark.parametrize("step", WORDS)
@pytest.mark.parametrize("language", ["id", "en"])
def test_every_sentence_can_be_filled_in(step: str, language: Language) -> None:
    values = dict.fromkeys(re.findall(r"{(\w+)}", str(WORDS[step])), "x")
    states: tuple[State, ...] = ("good", "broken", "unknown")
    for state in states:
        if state in WORDS[step]:
            finding = Finding(step, state, values)
            assert "{" not in finding.sentence(language)
            assert state != "broken" or finding.cure(language)


MAY_NEVER_HAVE_HAPPENED: list[tuple[str, State, str]] = [
    ("broker_account", "unknown", "at"), ("unread", "broken", "read_at"), ("heard", "broken", "seen"),
    ("imported", "broken", "seen"), ("told", "good", "synced_until"), ("scored", "unknown", "synced_until"),
    ("scored", "broken", "day"), ("collector", "unknown", "noted"),
]  # fmt: skip
LANGUAGES: tuple[Language, ...] = ("id", "en")


@pytest.mark.parametrize(("step", "state", "what"), MAY_NEVER_HAVE_HAPPENED)
def test_what_never_happened_has_its_own_sentence(step: str, state: State, what: str) -> None:
    values: dict[str, object] = dict.fromkeys(re.findall(r"{(\w+)}", str(WORDS[step])), "x") | {what: None}
    for language, never in zip(LANGUAGES, (r"[Bb]elum (pernah|ada)", r"\b(n?ever)\b"), strict=True):
        sentence = Finding(step, state, values).sentence(language)
        assert re.search(never, sentence)
        assert "None" not in sentence
        assert not re.search("lebih lama|longer|sampai belum|until never|: never|: belum", sentence)


def test_the_cure_of_rejected_records_reads_those_of_this_terminal_again() -> None:
    finding = Finding("rejected", "unknown", {"name": "lobi", "count": 2, "reason": "odd"})
    for language in LANGUAGES:
        assert "tepat rejected retry --terminal lobi" in str(finding.cure(language))


def test_an_error_without_words_is_told_as_what_it_is_in_indonesian() -> None:
    finding = Finding("told", "broken", {"name": "lobi"}, None, "something odd")
    assert finding.sentence("en") == "something odd"
    assert finding.sentence("id").endswith("pesannya dalam bahasa Inggris: “something odd”")
