"""What `tepat broker` writes; that Mosquitto obeys it is tested with a real one in tests/demo."""

import base64
import hashlib
import os
import shutil
from pathlib import Path

import pytest

from collector.share import Share
from config import broker_files
from config.broker_certificates import make_certificate, make_client_certificate
from config.broker_files import ACCESS, COLLECTOR, CONFIGURATION, PASSWORDS, BrokerFilesError, Doors, collector_accounts

needs_openssl = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_the_configuration_names_the_folder_and_its_owner_and_lets_nobody_in_unasked(tmp_path: Path) -> None:
    broker_files.write(tmp_path, Doors(port=1884))
    found = lines(tmp_path / CONFIGURATION)
    assert "listener 1884 127.0.0.1" in found
    assert "allow_anonymous false" in found
    assert f"user {tmp_path.owner()}" in found
    assert f"persistence_location {tmp_path}/" in found
    assert not [line for line in found if "$" in line]
    assert (tmp_path / PASSWORDS).read_text(encoding="utf-8") == ""


def test_only_the_owner_reads_what_is_written(tmp_path: Path) -> None:
    for file in broker_files.write(tmp_path, Doors()):
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.stat().st_uid == tmp_path.stat().st_uid


def test_nothing_is_written_over_unless_forced_and_passwords_are_kept(tmp_path: Path) -> None:
    broker_files.write(tmp_path, Doors())
    broker_files.set_passwords(tmp_path, {"gate-1": "one"})
    kept = lines(tmp_path / PASSWORDS)
    with pytest.raises(BrokerFilesError, match="--force"):
        broker_files.write(tmp_path, Doors(port=1999))
    broker_files.write(tmp_path, Doors(port=1999), force=True)
    assert "listener 1999 127.0.0.1" in lines(tmp_path / CONFIGURATION)
    assert lines(tmp_path / PASSWORDS) == kept


def test_each_collector_that_shares_the_terminals_has_an_account(tmp_path: Path) -> None:
    broker_files.write(tmp_path, Doors(), collectors=3)
    users = [line for line in lines(tmp_path / ACCESS) if line.startswith("user ")]
    assert users == [f"user {name}" for name in collector_accounts(3)]
    shares = [Share(number, 3).client_id(COLLECTOR) for number in (1, 2, 3)]
    assert collector_accounts(3) == [COLLECTOR, *shares]
    assert collector_accounts(1) == [COLLECTOR]


def test_collectors_of_a_former_division_can_read_until_their_account_goes(tmp_path: Path) -> None:
    broker_files.write(tmp_path, Doors(port=1999), collectors=2)
    two = [account for account in collector_accounts(2) if account != COLLECTOR]
    broker_files.set_passwords(tmp_path, {**dict.fromkeys(two, "secret"), "gate-1": "secret"})
    broker_files.write_access(tmp_path, 3)
    access = (tmp_path / ACCESS).read_text(encoding="utf-8")
    assert [line.removeprefix("user ") for line in access.splitlines() if line.startswith("user ")] == [
        *collector_accounts(3),
        *two,
    ]
    assert "listener 1999 127.0.0.1" in (tmp_path / CONFIGURATION).read_text(encoding="utf-8")
    broker_files.write(tmp_path, Doors(), collectors=3, force=True)
    assert (tmp_path / ACCESS).read_text(encoding="utf-8") == access
    broker_files.set_passwords(tmp_path, dict.fromkeys(two))
    broker_files.write_access(tmp_path, 3)
    assert "of2" not in (tmp_path / ACCESS).read_text(encoding="utf-8")


def test_passwords_are_kept_as_mosquitto_s_own_program_writes_them(tmp_path: Path) -> None:
    broker_files.set_passwords(tmp_path, {"gate-1": "secret", "gate-2": "other"})
    broker_files.set_passwords(tmp_path, {"gate-2": None, "gate-0": "third"})
    kept = dict(line.split(":") for line in lines(tmp_path / PASSWORDS))
    assert sorted(kept) == ["gate-0", "gate-1"]
    _, kind, iterations, salt, digest = kept["gate-1"].split("$")
    expected = hashlib.pbkdf2_hmac("sha512", b"secret", base64.b64decode(salt), int(iterations))
    assert (kind, base64.b64decode(digest)) == ("7", expected)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a/b", "+", "#", "heartbeat", "basic", "x" * 65, "a\nb"])
def test_a_name_that_would_open_more_than_its_own_topics_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="cannot be an account"):
        broker_files.set_passwords(tmp_path, {name: "secret"})


def test_an_account_that_is_not_there_cannot_be_taken_away(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="no account gate-9"):
        broker_files.set_passwords(tmp_path, {"gate-9": None})


def test_a_missing_folder_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="install -d -o mosquitto"):
        broker_files.write(tmp_path / "none", Doors())


def test_tls_without_a_certificate_is_refused_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="tepat broker certificate"):
        broker_files.write(tmp_path, Doors(tls_host="0.0.0.0"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give folders away")
def test_as_root_a_folder_of_an_account_without_a_name_is_refused(tmp_path: Path) -> None:
    os.chown(tmp_path, 54321, -1)
    with pytest.raises(BrokerFilesError, match="54321"):
        broker_files.owner_of(tmp_path)


@needs_openssl
def test_certificates_are_made_once_and_their_keys_are_private(tmp_path: Path) -> None:
    made = [*make_certificate(tmp_path, ["broker.example", "192.0.2.1"]), *make_client_certificate(tmp_path, "gate-1")]
    assert [file.name for file in made] == ["ca.crt", "server.crt", "server.key", "gate-1.crt", "gate-1.key"]
    for key in tmp_path.glob("*.key"):
        assert key.stat().st_mode & 0o077 == 0
    with pytest.raises(BrokerFilesError, match="there already"):
        make_certificate(tmp_path, ["broker.example"])
    broker_files.write(tmp_path, Doors(tls_host="192.0.2.1", client_certificates=True))
    assert "use_identity_as_username true" in lines(tmp_path / CONFIGURATION)


@needs_openssl
@pytest.mark.parametrize("device", ["../gate", "a/b", "basic", "a+b#", "", "ca", "server", "a:b"])
def test_a_certificate_is_made_for_device_ids_only_and_nothing_is_written_elsewhere(
    device: str, tmp_path: Path
) -> None:
    folder = tmp_path / "broker"
    folder.mkdir()
    with pytest.raises(BrokerFilesError):
        make_client_certificate(folder, device)
    assert [*tmp_path.rglob("*")] == [folder]


@needs_openssl
@pytest.mark.parametrize("name", ["a,DNS:evil.example", "a b", "a/O=x", "", "-a", "x" * 254])
def test_a_certificate_is_made_for_host_names_and_addresses_only(name: str, tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="no host name"):
        make_certificate(tmp_path, ["broker.example", name])
    assert [*tmp_path.iterdir()] == []


@needs_openssl
def test_where_openssl_fails_no_key_is_left_and_another_try_works(tmp_path: Path) -> None:
    with pytest.raises(BrokerFilesError, match="OpenSSL made no certificate"):
        make_certificate(tmp_path, ["x" * 65 + ".example"])  # longer than a common name may be
    assert not (tmp_path / "server.key").exists()
    make_certificate(tmp_path, ["broker.example", "*.kantor.example", "2001:db8::1"])
