"""docker-compose.yml: its parts fit together, as far as that shows without Docker."""

import re
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped] # the library brings no types

import tepat
from config.settings import Settings, secret_names

FILE = Path(__file__).parent.parent / "docker-compose.yml"
WHOLE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = WHOLE["services"]


def test_every_secret_and_volume_is_declared_and_the_head_says_how_to_make_it() -> None:
    head = FILE.read_text(encoding="utf-8").split("x-tepat")[0]
    for name, service in SERVICES.items():
        assert set(service.get("secrets", ())) <= set(WHOLE["secrets"]), name
        assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= set(WHOLE["volumes"]), name
    for secret in WHOLE["secrets"]:
        assert f"> secrets/{secret}" in head


def test_what_a_service_waits_for_is_there() -> None:
    for name, service in SERVICES.items():
        for other, wait in service.get("depends_on", {}).items():
            needed = {"service_healthy": "healthcheck", "service_completed_successfully": "command"}[wait["condition"]]
            assert needed in SERVICES[other], f"{name} waits for {other}"


def test_settings_are_known_and_the_secrets_they_name_are_given() -> None:
    known = {f"TEPAT_{name.upper()}" for name in Settings.model_fields}
    known |= {f"TEPAT_{name.upper()}_FILE" for name in secret_names()}
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if variable.startswith("TEPAT_"):
                assert variable in known, name
            if str(value).startswith("/run/secrets/"):
                assert str(value).removeprefix("/run/secrets/") in service["secrets"], name


def test_the_broker_runs_with_what_tepat_writes_and_every_command_exists() -> None:
    written = " ".join(SERVICES["broker-files"]["command"])
    assert {"broker config", "broker account"} <= set(re.findall(r"tepat (\w+ \w+)", written))
    assert SERVICES["broker"]["volumes"] == SERVICES["broker-files"]["volumes"]
    assert SERVICES["broker"]["command"][-1] == "/mosquitto/data/mosquitto.conf"
    for name, service in SERVICES.items():
        if service.get("image") == "tepat" and service.get("entrypoint") is None:
            assert service["command"][0] in tepat.COMMANDS, name


def test_nothing_is_open_to_other_machines() -> None:
    for name, service in SERVICES.items():
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:"), name
