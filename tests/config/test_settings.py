"""Settings are read once, are frozen, and say plainly what is wrong with them."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from config.settings import Settings, SettingsError, default_data_dir, load, secret_names

SECRETS = sorted(secret_names())


def test_nothing_set_gives_the_defaults() -> None:
    settings = load({})
    assert settings.data_dir == default_data_dir()
    assert settings.database_url is None
    assert (settings.listen_host, settings.listen_port) == ("127.0.0.1", 8080)


def test_no_secret_has_a_default() -> None:
    assert {"database_url", "mqtt_password"} <= secret_names()
    assert all(Settings.model_fields[name].default is None for name in secret_names())


def test_values_are_read_with_their_types() -> None:
    settings = load({"TEPAT_DATA_DIR": "/srv/kantor", "TEPAT_MQTT_PORT": "8883", "TEPAT_POLL_SECONDS": "2.5"})
    assert (settings.data_dir, settings.mqtt_port, settings.poll_seconds) == (Path("/srv/kantor"), 8883, 2.5)


def test_the_environment_of_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEPAT_MQTT_HOST", "broker.example")
    assert load().mqtt_host == "broker.example"


def test_only_the_given_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEPAT_MQTT_HOST", "broker.example")
    assert load({}).mqtt_host is None


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load({}).listen_port = 1


@pytest.mark.parametrize("other", ["PATH", "TEPATX", "TEPAT_TEST_TIMESCALE_URL", "TEPAT_FIELD_DATA"])
def test_other_names_are_left_alone(other: str) -> None:
    assert load({other: "x"}) == load({})


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TEPAT_DATADIR", "TEPAT_DATA_DIR"),
        ("TEPAT_DATABASE_URI", "TEPAT_DATABASE_URL"),
        ("TEPAT_MQTT_PASSWORD_FIEL", "TEPAT_MQTT_PASSWORD_FILE"),
        ("TEPAT_MQTT_HOST_FILE", "TEPAT_MQTT_HOST"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_one(name: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} is no setting of Tepat\. Did you mean {nearest}\?$"):
        load({name: "x"})


def test_a_name_like_no_other_is_refused_with_all_names() -> None:
    with pytest.raises(SettingsError, match=r"^TEPAT_ZZZ9 is no setting.*TEPAT_DATA_DIR.*TEPAT_DATABASE_URL_FILE"):
        load({"TEPAT_ZZZ9": "x"})


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("p ä ss\n", encoding="utf-8")
    secret = getattr(load({f"TEPAT_{name.upper()}_FILE": str(file)}), name)
    assert secret.get_secret_value() == "p ä ss"
    assert "ss" not in repr(secret)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("file_first", [True, False])
def test_a_secret_given_twice_is_refused(name: str, file_first: bool, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("one", encoding="utf-8")
    variable = f"TEPAT_{name.upper()}"
    pairs = [(f"{variable}_FILE", str(file)), (variable, "two")]
    with pytest.raises(SettingsError, match=rf"^Both {variable} and {variable}_FILE are set: remove one"):
        load(dict(pairs if file_first else reversed(pairs)))


@pytest.mark.parametrize("place", ["absent", "folder", "no text"])
def test_a_secrets_file_that_cannot_be_read_is_named(place: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    if place == "folder":
        file.mkdir()
    if place == "no text":
        file.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=rf"^TEPAT_MQTT_PASSWORD_FILE names {file}, which cannot be read: ."):
        load({"TEPAT_MQTT_PASSWORD_FILE": str(file)})


def test_an_empty_secrets_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=rf"^TEPAT_DATABASE_URL_FILE names {file}, which is empty"):
        load({"TEPAT_DATABASE_URL_FILE": str(file)})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TEPAT_MQTT_PORT", "0"),
        ("TEPAT_MQTT_PORT", "65536"),
        ("TEPAT_MQTT_PORT", "mqtt"),
        ("TEPAT_MQTT_VERSION", "4"),
        ("TEPAT_LISTEN_PORT", "-1"),
        ("TEPAT_LISTEN_PORT", "65536"),
        ("TEPAT_POLL_SECONDS", "0.9"),
        ("TEPAT_POLL_SECONDS", "nan"),
        ("TEPAT_LOG_LEVEL", "loud"),
        ("TEPAT_POLL_SECONDS", "inf"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name}='{value}' cannot be used: ."):
        load({name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [("TEPAT_MQTT_PORT", "1"), ("TEPAT_MQTT_PORT", "65535"), ("TEPAT_LISTEN_PORT", "0"), ("TEPAT_POLL_SECONDS", "1")],
)
def test_the_last_fitting_values_are_taken(name: str, value: str) -> None:
    assert getattr(load({name: value}), name.removeprefix("TEPAT_").lower()) == float(value)


@pytest.mark.parametrize("name", sorted(f"TEPAT_{name.upper()}" for name in Settings.model_fields))
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_value_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=rf"^{name} is set and empty: give it a value or remove it\.$"):
        load({name: value})


def test_the_data_folder_is_the_same_wherever_a_command_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/srv/hr")
    monkeypatch.chdir("/tmp")
    assert load({"TEPAT_DATA_DIR": "~/kantor"}).data_dir == Path("/srv/hr/kantor")
    assert load({"TEPAT_DATA_DIR": "kantor"}).data_dir == Path("/tmp/kantor")


@pytest.mark.parametrize(
    ("account", "environment", "expected"),
    [
        (0, {"HOME": "/root", "XDG_DATA_HOME": "/x"}, "/var/lib/tepat"),
        (1000, {"HOME": "/home/a", "XDG_DATA_HOME": "/x"}, "/x/tepat"),
        (1000, {"HOME": "/home/a"}, "/home/a/.local/share/tepat"),
    ],
)
def test_each_account_has_its_default_data_folder(
    account: int, environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: account)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert default_data_dir() == Path(expected)


@pytest.mark.parametrize("name", ["tepat_mqtt_host", "TEPAT_mqtt_host", "Tepat_Mqtt_Host"])
def test_a_name_in_other_letters_is_refused_not_ignored(name: str) -> None:
    with pytest.raises(SettingsError, match="Write it in capitals: TEPAT_MQTT_HOST"):
        load({name: "broker"})


def test_only_the_one_folder_of_field_data_is_the_tests_own() -> None:
    with pytest.raises(SettingsError, match="TEPAT_FIELD_DATAX is no setting"):
        load({"TEPAT_FIELD_DATAX": "/x"})
