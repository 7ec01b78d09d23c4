"""No picture and no template of a person is kept, in whatever dialect and shape it comes, and nothing else is lost."""

import json
import random
import string
from datetime import UTC, datetime
from typing import Any

import pytest

from devices.mqtt import registry
from devices.mqtt.pictures import pictureless

RECEIVED = datetime(2026, 4, 10, 3, 0, tzinfo=UTC)
CODED = "".join(random.Random(7).choices(string.ascii_letters + string.digits + "+/", k=900))
CONTRACT: dict[str, Any] = {
    "device": "gate-1", "boot": "b7", "seq": 12, "pin": "0042", "time": "2026-04-10T07:31:02+07:00", "clock_ok": True,
    "method": "face",
}  # fmt: skip
RECPUSH: dict[str, Any] = {
    "customId": "0042", "VerifyStatus": "1", "facesluiceId": "gate-1", "time": "2026-04-10 07:31:02",
}  # fmt: skip

PICTURES = [
    ("Pic", "/9j/4AAQ"), ("SanpPic", "/9j/4AAQ"), ("snapPic", "/9j/4AAQ"), ("registerBase64", "/9j/4AAQ"),
    ("PHOTO", "/9j/4AAQ"), ("faceImage", "/9j/4AAQ"), ("finger_template", "/9j/4AAQ"), ("faceFeature", [0.5, -0.25]),
    ("face", {"left": "/9j/4AAQ"}), ("note", " data:image/jpeg;base64,/9j/4AAQ"), ("note", "DATA:Image/png,/9j/4AAQ"),
    ("note", CODED), ("note", "\n".join(CODED[at : at + 76] for at in range(0, 900, 76))),
    ("note", {"pic": "/9j/4AAQ"}),
]  # fmt: skip


def everything_kept(topic: str, payload: bytes) -> bytes:
    refused = registry.refused(topic, payload, RECEIVED, "the database")
    batches = [registry.read(topic, payload, RECEIVED).batch, refused.batch]
    raws = [punch[5] for batch in batches for punch in batch.punches]
    return b"\n".join(raws + [raw for batch in batches for raw, _ in batch.rejected])


def picture_in(kept: bytes) -> bool:
    return any(part in kept for part in (b"/9j", b"4AAQ", b"0.25", CODED[:76].encode()))


@pytest.mark.parametrize(("name", "value"), PICTURES)
@pytest.mark.parametrize("pin", ["0042", ""], ids=["accepted", "rejected"])
def test_a_picture_is_kept_on_no_path_of_either_dialect(name: str, value: object, pin: str) -> None:
    alone = {**CONTRACT, "pin": pin, name: value, "door": "north"}
    batch = {"device": "gate-1", "boot": "b7", "punches": [alone, [CODED, "x"]], name: value}
    face = {"operator": "RecPush", name: value, "info": {**RECPUSH, "customId": pin, name: value, "door": "north"}}
    for topic, message in (
        ("tepat/gate-1/punch", alone),
        ("tepat/gate-1/punch", batch),
        ("mqtt/face/gate-1/Rec", face),
        ("mqtt/face/heartbeat", face),
        ("else/where", face),
    ):
        payload = json.dumps(message).encode()
        kept = everything_kept(topic, payload)
        broken = everything_kept(topic, payload[:-1])
        assert not picture_in(kept), topic
        assert not picture_in(broken), topic
        if message is not batch:
            assert b"north" in kept
            assert b"north" in broken


@pytest.mark.parametrize(
    "fields",
    [
        {"faceId": "3", "facesluiceId": "gate-1", "topic": "mqtt/face", "epic": "x", "picture_count": 3, "photo": None},
        {"text": "a picture of data: image, base64, " * 60, "number": "9" * 200, "serial": "A7" * 100},
    ],
)
def test_what_is_no_picture_is_kept_byte_for_byte(fields: dict[str, object]) -> None:
    payload = json.dumps({**CONTRACT, **fields}, indent=1).encode()
    ((*_, raw),) = registry.read("tepat/gate-1/punch", payload, RECEIVED).batch.punches
    assert raw == payload
    assert pictureless(payload) == payload


def test_what_is_no_json_keeps_all_but_the_picture() -> None:
    assert pictureless(b'{"seq":' + b"9" * 5000) == b'{"seq":' + b"9" * 5000
    assert pictureless(b"\xff not json " + CODED.encode() + b" end") == b"\xff not json  end"
    assert pictureless(b'{"pin":"7","Pic":"/9j\\/4A\\"AQ","door":"x') == b'{"pin":"7",,"door":"x'
    assert pictureless(b'{"pin":"7","faceFeature":[0.5,0.25') == b'{"pin":"7",'


def test_a_kept_record_is_read_again_to_the_same_bytes() -> None:
    for topic, message in (
        ("tepat/gate-1/punch", {**CONTRACT, "pic": CODED}),
        ("mqtt/face/gate-1/Rec", {"operator": "RecPush", "info": {**RECPUSH, "SanpPic": CODED}}),
    ):
        batch = registry.read(topic, json.dumps(message).encode(), RECEIVED).batch
        assert len(batch.punches) == 1
        again, of_another = (
            registry.read_again(device, batch.punches[0][5], RECEIVED, "Asia/Jakarta")
            for device in ("gate-1", "gate-2")
        )
        assert again.punches == batch.punches
        assert not of_another.punches
