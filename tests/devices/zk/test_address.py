"""Addresses as people write them."""

import pytest

from devices.errors import FatalTerminalError
from devices.zk.address import parse_address


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("192.168.1.201", "192.168.1.201", 4370),
        (" 192.168.1.201:5005 ", "192.168.1.201", 5005),
        ("presensi-lt2.example", "presensi-lt2.example", 4370),
        ("[fe80::1]", "fe80::1", 4370),
        ("[fe80::1]:4371", "fe80::1", 4371),
        ("fe80::1", "fe80::1", 4370),
        ("h:65535", "h", 65535),
    ],
)
def test_addresses(text: str, host: str, port: int) -> None:
    assert parse_address(text) == (host, port, False)
    assert parse_address(f" udp://{text.strip()}") == (host, port, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":4370",
        "h:0",
        "h:65536",
        "h:x",
        "h:²",
        "h; reboot",
        "[fe80::1",
        "[fe80::1]4370",
        "udp://",
        "tcp://h",
        "udp://h:0",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(FatalTerminalError, match=r"Write HOST or HOST:PORT, for example 192\.168\.1\.201"):
        parse_address(text)


def test_an_address_is_shown_as_it_is_written() -> None:
    assert [str(parse_address(text)) for text in ("h", "[fe80::1]:1", "udp://h")] == [
        "h:4370",
        "[fe80::1]:1",
        "udp://h:4370",
    ]
