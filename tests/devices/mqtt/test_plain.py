"""What is read column by column reads as punch by punch, whatever is done to a message."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.mqtt import contract, plain

RECEIVED = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PUNCH: dict[str, Any] = {
    "seq": 12, "pin": "0042", "time": "2026-01-05T07:31:02+07:00", "clock_ok": True, "state": "in", "method": "face",
}  # fmt: skip
SHARED = {"device": "gate-1", "boot": "b7"}
VALUES = st.one_of(
    st.sampled_from(
        [
            *(
                None,
                True,
                False,
                0,
                -1,
                -0.0,
                1.0,
                1e16,
                2**63,
                "",
                "in",
                "out",
                "face",
                "gate-2",
                "gate-1",
                [],
                {},
            ),
            *(
                "2026-01-05T07:31:02Z",
                "2026-01-05T07:31:02.5+07:00",
                "2026-01-05 07:31:02+07:00",
                "2026-02-30T07:31:02Z",
            ),
            *("2026-W01-1T07:31:02Z", "2026-01-05T07:31:60Z", "2026-01-05T24:00:00Z", "2026-01-05T07:31:02+14:30"),
            *(
                "2026-01-05T07:31:02",
                "2026-01-05T07:31:0",
                "٢٠٢٦-01-05T07:31:02Z",
                "0042 ",
                "uid:7",
                "data:image",
                "a},{b",
            ),
            *("a:b", 'q"', "\\", "\x7f", "é", "x" * 65, ";base64,", "A" * 300, ["in"], {"a": 1}, [{"a": ":"}], "\x00"),
        ]
    ),
    st.text(max_size=8),
    st.integers(),
)
NAMES = st.sampled_from([*PUNCH, *SHARED, "punches", "photo", "memo"])


def both(payload: bytes, device: str = "gate-1") -> None:
    assert plain.read(device, payload, RECEIVED) == contract.read(device, payload, RECEIVED)


@given(st.dictionaries(NAMES, VALUES, max_size=3), st.lists(NAMES, max_size=1), st.booleans(), st.booleans())
def test_a_message_of_one_punch(changed: dict[str, Any], left_out: list[str], blanks: bool, ascii_only: bool) -> None:
    fields = {name: value for name, value in {**SHARED, **PUNCH, **changed}.items() if name not in left_out}
    both(json.dumps(fields, ensure_ascii=ascii_only, separators=None if blanks else (",", ":")).encode())


@given(
    st.lists(st.dictionaries(NAMES, VALUES, max_size=2), min_size=1, max_size=4),
    st.dictionaries(NAMES, VALUES, max_size=1),
    st.lists(NAMES, max_size=1),
    st.booleans(),
)
@example([{}, {"time": "2026-01-05T07:31:02Z"}, {"clock_ok": False}], {}, [], True)
@example([{}, {"seq": -1}], {}, ["state"], True)
def test_a_message_of_many_punches(
    changes: list[dict[str, Any]], shared: dict[str, Any], left_out: list[str], blanks: bool
) -> None:
    punches = [{k: v for k, v in {**PUNCH, **changed}.items() if k not in left_out} for changed in changes]
    fields = {**SHARED, "punches": punches, **shared}
    both(json.dumps(fields, separators=None if blanks else (",", ":")).encode())


@pytest.mark.parametrize("count", [1, 3])
@given(data=st.data())
def test_a_message_whose_bytes_are_damaged(count: int, data: st.DataObject) -> None:
    whole = {**SHARED, **PUNCH} if count == 1 else {**SHARED, "punches": [PUNCH] * count}
    payload = json.dumps(whole).encode()
    first = data.draw(st.integers(0, len(payload)))
    last = data.draw(st.integers(first, min(first + 30, len(payload))))
    put = data.draw(
        st.sampled_from([b"", b"}", b",", b":", b"\xff", b'"seq":3,', b'"device":"gate-1",', b"{}", b"NaN", b"\\u003a"])
    )
    both(payload[:first] + put + payload[last:])


@pytest.mark.parametrize(
    "payload",
    [
        b'{"device":"gate-1","boot":"b7","seq":12,"seq":12,"pin":"1","time":"2026-01-05T07:31:02Z","clock_ok":true}',
        b'{"device":"gate-1","boot":"b7","punches":[{"seq":1,"seq":2,"pin":"1","time":"2026-01-05T07:31:02Z","clock_ok":true}]}',
        json.dumps({**SHARED, "boot": "b 7", "punches": [PUNCH]}).replace('"seq": 12', '"seq": 12, "seq": 12').encode(),
        b'{"device":"gate-1","boot":"b7","punches":[{"seq":-0,"pin":"1","time":"2026-01-05T07:31:02Z","clock_ok":true}]}',
        b'{"device":"gate-1","boot":"},{","punches":[{"seq":7,"pin":"1","time":"2026-01-05T07:31:02Z","clock_ok":true}]}',
        b'{"device":"gate-1","boot":"b7","punches":[{"seq":7,"pin":"data:1","time":"2026-01-05T07:31:02Z","clock_ok":true}]}',
        b'{"boot":"b7","device":"gate-1","punches":[]}',
        json.dumps({"boot": "b7", "device": "gate-1", "punches": [PUNCH, PUNCH]}).encode(),
        json.dumps({**SHARED, "punches": [PUNCH] * 11_000}).encode(),
        b'\xef\xbb\xbf{"device":"gate-1"}',
        b'{"device":"gate-1","boot":"b7","seq":-0,"pin":"1","time":"2026-01-05T07:31:02Z","clock_ok":true}',
        b"[" * 100_000,
        b"",
        b"null",
        b'{"device":"gate-1","boot":"b7","seq":1' + b"0" * 5000 + b"}",
    ],
)  # fmt: skip
def test_messages_that_are_nearly_plain(payload: bytes) -> None:
    both(payload)
    both(payload, "gate 1")


def test_plain_messages_are_not_left_to_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("read punch by punch")

    batch = {**SHARED, "punches": [PUNCH, {**PUNCH, "clock_ok": False}, {**PUNCH, "time": "2026-01-05T00:31:02Z"}]}
    expected = [contract.read("gate-1", json.dumps(said).encode(), RECEIVED) for said in ({**SHARED, **PUNCH}, batch)]
    monkeypatch.setattr(contract, "read", refuse)
    payloads = [json.dumps(said).encode() for said in ({**SHARED, **PUNCH}, batch)]
    assert [plain.read("gate-1", payload, RECEIVED) for payload in payloads] == expected
    assert len(expected[1].batch.punches) == 3
