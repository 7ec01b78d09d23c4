"""The door to the database: sessions in UTC, frames without objects, and errors that a person can act on."""

import contextlib
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import LiteralString

import polars as pl
import psycopg
import pytest
from psycopg import sql
from psycopg_pool import ConnectionPool

from config.settings import Settings
from ingest import commands, database, errors
from ingest.database import POOL_SIZE, DatabaseError, frame, opened

local = datetime.fromisoformat
SECRET = "s3cret-made-up"


def with_url(url: str) -> Settings:
    return Settings.model_validate({"database_url": url})


def changed(url: str, **parts: str | int) -> str:
    """The address with other parts, as connection string."""
    return psycopg.conninfo.make_conninfo(url, **parts)


def test_sessions_run_in_utc_whatever_the_server_says(database_url: str, pool: ConnectionPool) -> None:
    with pool.connection() as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
    shifted = changed(database_url, options="-c statement_timeout=5s -c TimeZone=Asia/Jakarta")
    with opened(with_url(shifted)) as other, other.connection() as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("5s",)


def test_dates_have_one_text_form_whatever_the_server_says(database_url: str) -> None:
    other = changed(database_url, options="-c DateStyle=SQL,DMY -c IntervalStyle=iso_8601")
    query = "SELECT '2026-01-31'::date::text, '2026-01-31 07:28'::timestamp::text, '1 day'::interval::text"
    with opened(with_url(other)) as pool, pool.connection() as connection:
        assert connection.execute(query).fetchone() == ("2026-01-31", "2026-01-31 07:28:00", "1 day")
        assert connection.execute("SELECT '01-02-03'::date").fetchone() == (date(2001, 2, 3),)


def test_frame_reads_columns_with_their_types(pool: ConnectionPool) -> None:
    got = frame(
        pool,
        "SELECT n::integer, 'pin ' || n AS pin, '2026-01-05 07:28:00'::timestamp AS local_time, "
        "'2026-01-05 00:28:00Z'::timestamptz AS at, '2026-01-05'::date AS day, NULL::smallint AS state "
        "FROM generate_series(1, 3) n WHERE n >= $1 AND n = ANY($2) ORDER BY n",
        [2, [1, 2, 3]],
    )
    assert got.rows() == [
        (n, f"pin {n}", local("2026-01-05 07:28"), datetime(2026, 1, 5, 0, 28, tzinfo=UTC), date(2026, 1, 5), None)
        for n in (2, 3)
    ]
    assert got.schema["local_time"] == pl.Datetime("us")
    assert got.schema["at"] == pl.Datetime("us", "UTC")


def test_frame_without_rows_keeps_its_columns(pool: ConnectionPool) -> None:
    assert frame(pool, "SELECT pin, state FROM punch").columns == ["pin", "state"]


def test_opened_finds_its_schema_applied(empty_database_url: str) -> None:
    with opened(with_url(empty_database_url)) as pool, pool.connection() as connection:
        assert connection.execute("SELECT count(*) FROM punch").fetchone() == (0,)


def test_opened_leaves_the_schema_alone_when_told_to(empty_database_url: str) -> None:
    with opened(with_url(empty_database_url), migrate=False) as pool, pool.connection() as connection:
        assert connection.execute("SELECT to_regclass('punch')").fetchone() == (None,)


@pytest.mark.parametrize("migrate", [True, False])
@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"password": SECRET}, "refuses the password of user"),
        ({"dbname": "not_there"}, "has no database 'not_there'"),
        ({"host": "127.0.0.1", "port": 9}, "127.0.0.1:9/"),
        ({"host": "name.invalid"}, "cannot be reached"),
    ],
    ids=["password", "database", "port", "name"],
)
def test_what_is_wrong_is_said_plainly_and_without_the_password(
    database_url: str, parts: dict[str, str | int], said: str, migrate: bool
) -> None:
    url = changed(database_url, **parts)
    with pytest.raises(DatabaseError) as raised, opened(with_url(url), migrate=migrate):
        pass
    told = str(raised.value)
    assert said in told
    assert "\n" not in told
    assert errors.SETTING in told
    for secret in (SECRET, psycopg.conninfo.conninfo_to_dict(url)["password"]):
        assert str(secret) not in told


def test_frame_says_plainly_what_is_wrong(database_url: str) -> None:
    with pytest.raises(DatabaseError, match="cannot be reached"):
        frame(changed(database_url, port=9), "SELECT 1")


def test_an_unreadable_address_is_not_printed() -> None:
    with pytest.raises(DatabaseError, match="cannot be read") as raised, opened(with_url(f"postgres/:{SECRET}@x")):
        pass
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_server_that_goes_away_is_told_in_words(empty_database_url: str) -> None:
    def cut() -> None:
        with opened(with_url(empty_database_url)) as pool, pool.connection() as connection:
            with psycopg.connect(empty_database_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])
            connection.execute("SELECT 1")

    with pytest.raises(DatabaseError, match="cannot be reached"):
        cut()


@pytest.mark.parametrize(
    ("at_half_of_the_rows", "expected", "said"),
    [
        ("pg_terminate_backend(pg_backend_pid())::integer", DatabaseError, "cannot be reached"),
        ("1 / (n - 200000)", pl.exceptions.ComputeError, "division by zero"),
    ],
)
def test_what_ends_the_reading_of_a_frame_is_told(
    database_url: str, at_half_of_the_rows: LiteralString, expected: type[Exception], said: str
) -> None:
    query = f"SELECT CASE WHEN n = 200000 THEN {at_half_of_the_rows} END AS it FROM generate_series(1, 400000) AS n"
    with pytest.raises(expected, match=said):
        frame(database_url, query)


def test_the_pool_heals_after_all_its_connections_were_cut(database_url: str, pool: ConnectionPool) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(POOL_SIZE):
            stack.enter_context(pool.connection())
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    with pool.connection(timeout=10) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_failure_that_is_no_lost_connection_is_not_called_one(empty_database_url: str) -> None:
    def time_out() -> None:
        with opened(with_url(empty_database_url)) as pool, pool.connection() as connection:
            connection.execute("SET statement_timeout = '50ms'")
            connection.execute("SELECT pg_sleep(10)")

    with pytest.raises(DatabaseError, match="canceling statement due to statement timeout") as raised:
        time_out()
    assert "cannot be reached" not in str(raised.value)


def test_address_names_a_server_that_lives_as_long_as_it_is_held(settings_env: dict[str, str]) -> None:
    settings = Settings.model_validate({"data_dir": settings_env["TEPAT_DATA_DIR"]})
    with database.address(settings) as conninfo, psycopg.connect(conninfo) as connection:
        assert connection.execute("SHOW timezone").fetchone() == ("UTC",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(conninfo)


@pytest.fixture
def stranger(server: str, empty_database_url: str) -> Iterator[str]:
    """The address of a database in which the user may make nothing."""
    role = sql.Identifier(name := f"tepat_test_{uuid.uuid4().hex[:16]}")
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        if "timescale" in str(connection.execute("SHOW shared_preload_libraries").fetchone()):
            connection.execute("CREATE EXTENSION timescaledb")
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(SECRET)))
    yield changed(empty_database_url, user=name, password=SECRET)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_a_user_without_rights_learns_what_the_administrator_has_to_run(
    stranger: str, settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings_env
    monkeypatch.setenv("TEPAT_DATABASE_URL", stranger)
    parts = psycopg.conninfo.conninfo_to_dict(stranger)
    for attempt in (commands.migrate, lambda: opened(with_url(stranger)).__enter__()):
        with pytest.raises(DatabaseError, match="permission denied for schema public") as raised:
            attempt()
        assert f'ALTER DATABASE "{parts["dbname"]}" OWNER TO "{parts["user"]}"' in str(raised.value)
        assert "GRANT CREATE ON SCHEMA public" in str(raised.value)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("SELECT * FROM not_there", "bring it up to date with tepat migrate"),
        ("CREATE TABLE made (a integer)", "it only reads; name the server that also writes in TEPAT_DATABASE_URL"),
    ],
)
def test_errors_of_statements_are_told_in_words_too(database_url: str, statement: LiteralString, said: str) -> None:
    def ask() -> None:
        with opened(with_url(database_url)) as pool, pool.connection() as connection:
            connection.execute("SET TRANSACTION READ ONLY")
            connection.execute(statement)

    with pytest.raises(DatabaseError, match=said):
        ask()


def test_a_silent_host_is_given_up_and_a_chosen_patience_kept(database_url: str) -> None:
    with psycopg.connect(database.session(changed(database_url, keepalives_idle=33))) as connection:
        said = connection.info.get_parameters()
    assert {name: said[name] for name in ("keepalives_idle", "keepalives_count", "tcp_user_timeout")} == {
        "keepalives_idle": "33",
        "keepalives_count": "3",
        "tcp_user_timeout": "20000",
    }


def test_a_table_of_another_version_is_not_told_as_a_database_that_gave_up() -> None:
    error = psycopg.errors.BadCopyFileFormat("extra data after last expected column")
    said = str(errors.explained(error, "postgresql://tepat@127.0.0.1/x"))
    assert "extra data after last expected column" in said
    assert "gave up" not in said
    assert "trying again does not help" in said
    assert "an empty data folder" in said
