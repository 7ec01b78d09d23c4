"""What a pretended MQTT terminal says in each dialect."""

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from itertools import count
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from devices.mqtt import finger_snap, gateway
from devices.mqtt.contract import METHODS, STATES
from devices.records import Punch

Dialect: TypeAlias = Literal["tepat", "finger", "recpush", "gateway", "esp-rfid", "finger-snap", "card-scan", "dahua"]
"""finger and card-scan say no time."""
STATE_NAMES = {number: name for name, number in STATES.items()}
METHOD_NAMES = {number: name for name, number in METHODS.items()}
PICTURE = "data:image/jpeg;base64," + base64.b64encode(b"no picture, only its place").decode()


@dataclass(frozen=True, slots=True)
class Message:
    """record_id: what a face terminal wants to be told of when it is stored."""

    topic: str
    payload: bytes
    punches: int
    record_id: str | None = None


class Speech:
    """One terminal's way to write its punches. device: as it is registered."""

    def __init__(self, device: str, dialect: Dialect, time_zone: str, batch: int) -> None:
        self._device = device
        self._dialect = dialect
        self._zone = ZoneInfo(time_zone)
        self.batch = batch if dialect == "tepat" else 1
        """Punches in one message; only Tepat's own contract has more than one."""
        self._boot = uuid.uuid4().hex[:8]
        self._sequence = count()

    def message(self, group: Sequence[Punch]) -> Message:
        device = self._device
        if self._dialect == "tepat":
            fields = [self._punch(punch) for punch in group]
            start = {"device": device, "boot": self._boot}
            whole = {**start, **fields[0]} if self.batch == 1 else {**start, "punches": fields}
            return Message(f"tepat/{device}/punch", _json(whole), len(fields))
        pin, local_time, *_ = punch = group[0]
        shown = local_time.isoformat(sep=" ")
        moment = int(local_time.replace(tzinfo=self._zone).astimezone(UTC).timestamp())
        topic: str
        said: dict[str, object]
        match self._dialect:
            case "recpush":
                return self._recpush(pin, shown)
            case "finger":
                topic, said = f"tepat/{device}/finger", {"finger_id": int(pin), "confidence": 120}
            case "gateway":
                topic, said = gateway.FILTERS[0], self._gateway(punch)
            case "esp-rfid":
                access = {"isKnown": "true", "access": "Always", "username": "", "uid": pin, "hostname": device}
                topic, said = f"{device}/send", {"cmd": "log", "type": "access", "time": moment, **access}
            case "finger-snap":
                topic, said = finger_snap.FILTERS[0], {"fingerprint_id": int(pin), "timestamp": shown}
            case "card-scan":
                topic, said = f"access/{device}/scan", {"device": device, "uid": pin}
            case "dahua":
                data = {"UserID": pin, "Status": 1, "Method": 1, "LocaleTime": shown, "UTC": moment, "Type": "Entry"}
                topic, said = f"{device}/AccessControl/Event", {"Action": "Pulse", "Data": data}
        return Message(topic, _json(said), 1)

    def online(self) -> Message | None:
        """What it says on connecting, where its dialect has such a message."""
        return self._sign("Online", "online")

    def last_will(self) -> Message | None:
        """What the broker is to say when the connection breaks."""
        return self._sign("Offline", "offline")

    def _sign(self, operator: str, word: str) -> Message | None:
        if self._dialect == "recpush":
            return Message("mqtt/face/basic", _json({"operator": operator, "info": {"facesluiceId": self._device}}), 0)
        if self._dialect in {"tepat", "finger"}:
            return Message(f"tepat/{self._device}/status", word.encode(), 0)
        return None

    def _punch(self, punch: Punch) -> dict[str, object]:
        pin, local_time, state, verify, _, _ = punch
        return {
            "seq": next(self._sequence),
            "pin": pin,
            "time": local_time.replace(tzinfo=self._zone).isoformat(),
            "clock_ok": True,
            "state": STATE_NAMES.get(state),
            "method": None if verify is None else METHOD_NAMES.get(verify),
        }

    def _recpush(self, pin: str, shown: str) -> Message:
        """As the firmware writes it: numbers as texts, the misspelt name field, a picture."""
        record_id = str(next(self._sequence))
        info = {
            "customId": "", "personId": pin, "RecordID": record_id, "VerifyStatus": "1",
            "PersonType": "0", "similarity1": "83.000000", "Sendintime": 1, "persionName": "",
            "facesluiceId": self._device, "time": shown, "PushType": 0, "pic": PICTURE,
        }  # fmt: skip
        payload = _json({"operator": "RecPush", "info": info})
        return Message(f"mqtt/face/{self._device}/Rec", payload, 1, record_id)

    def _gateway(self, punch: Punch) -> dict[str, object]:
        pin, local_time, state, verify, *_ = punch
        data = {
            "deviceId": self._device.removeprefix(f"{gateway.NAME}:"), "via": verify, "uid": pin, "name": "",
            "message": "Open", "device_name": "", "access_action": "Access",
            "timestamp": local_time.isoformat() + "Z", "verify_code": verify, "punch_code": state,
        }  # fmt: skip
        return {"status": "success", "data": data, "event_type": "realtime_access"}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
