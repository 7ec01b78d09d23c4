"""The settings of a process: read once from TEPAT_… variables, frozen, unknown names refused."""

import difflib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from config.errors import TepatError

PREFIX = "TEPAT_"
TEST_NAMES = {"TEPAT_FIELD_DATA"}
TEST_PREFIX = "TEPAT_TEST_"
"""Names that only tests read; a process leaves them alone."""


class SettingsError(TepatError):
    """A setting is unknown or unusable; the message names it and the cure."""


def default_data_dir() -> Path:
    """Root's own folder is closed to the account the embedded server runs as, so root gets /var/lib."""
    if os.geteuid() == 0:
        return Path("/var/lib/tepat")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "tepat"


class Settings(BaseSettings):
    """Every field is an environment variable TEPAT_<NAME>; secrets may come from a file named in TEPAT_<NAME>_FILE."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    data_dir: Path = Field(default_factory=default_data_dir, description="folder that holds all state of this office")
    database_url: SecretStr | None = Field(
        default=None, description="PostgreSQL or TimescaleDB address; without it the embedded server runs in data_dir"
    )
    mqtt_host: str | None = Field(default=None, description="MQTT broker; without it no MQTT terminal is listened to")
    mqtt_port: int = Field(default=1883, ge=1, le=65535, description="port of the MQTT broker")
    mqtt_username: str | None = Field(default=None, description="account at the MQTT broker")
    mqtt_password: SecretStr | None = Field(default=None, description="its password")
    mqtt_tls_ca: str | None = Field(
        default=None, description="certificate authority of the broker, a PEM file, or `system`; set, the way is TLS"
    )
    mqtt_tls_certificate: Path | None = Field(
        default=None, description="our certificate, where the broker asks for one"
    )
    mqtt_tls_key: Path | None = Field(default=None, description="its key")
    mqtt_client_id: str = Field(
        default="tepat-collector", min_length=1, description="fixed client id: the broker keeps our queue under it"
    )
    mqtt_version: Literal["5", "3.1.1"] = Field(default="5", description="3.1.1 for brokers that do not speak MQTT 5")
    poll_seconds: float = Field(
        default=300, ge=1, allow_inf_nan=False, description="seconds between two polls of a ZK terminal"
    )
    listen_host: str = Field(default="127.0.0.1", description="address that the pages and the API are served on")
    listen_port: int = Field(default=8080, ge=0, le=65535, description="its port")
    push_host: str = Field(default="127.0.0.1", description="address that iclock terminals push to")
    push_port: int | None = Field(
        default=None, ge=0, le=65535, description="its port; without it no iclock terminal is answered"
    )
    collector_share: str = Field(
        default="1/1",
        description="which of how many collectors this one is: 2/3 is the second of three; each has its own terminals",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="least level logged")

    @field_validator("collector_share")
    @classmethod
    def _share(cls, value: str) -> str:
        match = re.fullmatch(r"([1-9]\d{0,2})/([1-9]\d{0,2})", value.strip(), re.ASCII)
        if match is None or int(match[1]) > int(match[2]):
            raise ValueError("write which of how many collectors this one is, as in 2/3")
        return match[0]

    @field_validator("data_dir")
    @classmethod
    def _whole(cls, value: Path) -> Path:
        """A path that means the same folder wherever a command is started."""
        return value.expanduser().absolute()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  # the library's signature
        init_settings: PydanticBaseSettingsSource,
        *_others: PydanticBaseSettingsSource,
        **_named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` has checked: the library alone would take any case of a name and miss unknown ones."""
        return (init_settings,)


def secret_names() -> set[str]:
    """The fields whose value may come from a file."""
    return {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings.

    Raises:
        SettingsError: a TEPAT_… name is unknown, a value does not fit, or a secret's file cannot be read.
    """
    environment = os.environ if environment is None else environment
    values: dict[str, str] = {}
    known = set(Settings.model_fields)
    for variable, value in environment.items():
        if not variable.upper().startswith(PREFIX) or variable in TEST_NAMES or variable.startswith(TEST_PREFIX):
            continue
        if variable != variable.upper():
            raise SettingsError(f"{variable} is no setting of Tepat. Write it in capitals: {variable.upper()}.")
        name = variable.removeprefix(PREFIX).lower()
        secret = name.removesuffix("_file")
        if name in known:
            values[name] = _filled(variable, value)
        elif name.endswith("_file") and secret in secret_names():
            if f"{PREFIX}{secret.upper()}" in environment:
                raise SettingsError(f"Both {PREFIX}{secret.upper()} and {variable} are set: remove one of them.")
            values[secret] = _read_secret(variable, value)
        else:
            raise SettingsError(_unknown(variable, known))
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        raise SettingsError(f"{PREFIX}{name.upper()}={values[name]!r} cannot be used: {first['msg']}.") from error


def _filled(variable: str, value: str) -> str:
    if not value.strip():
        raise SettingsError(f"{variable} is set and empty: give it a value or remove it.")
    return value


def _read_secret(variable: str, path: str) -> str:
    try:
        text = Path(_filled(variable, path)).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{variable} names {path}, which cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{variable} names {path}, which cannot be read: it is no UTF-8 text.") from error
    if not text:
        raise SettingsError(f"{variable} names {path}, which is empty: write the secret into it.")
    return text


def _unknown(variable: str, known: set[str]) -> str:
    names = sorted(PREFIX + name.upper() for name in known) + [
        f"{PREFIX}{name.upper()}_FILE" for name in sorted(secret_names())
    ]
    close = difflib.get_close_matches(variable, names, n=1)
    hint = f"Did you mean {close[0]}?" if close else "Known names: " + ", ".join(names) + "."
    return f"{variable} is no setting of Tepat. {hint}"
