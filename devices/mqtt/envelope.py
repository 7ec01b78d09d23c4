"""A message that says no time, kept with the time of its first receipt: alone, its bytes would be those of any day."""

from datetime import datetime

from devices.mqtt.fields import UnreadableError, compact, json_of

NAMES = {"topic", "received_at", "message"}


def wrapped(topic: str, received_at: datetime, message: bytes, same_as: datetime | None = None) -> bytes:
    """As JSON. message: the JSON of one punch, so UTF-8. same_as: the punch it was taken for; it is not read again."""
    text = message.decode("utf-8", "replace")
    same = {} if same_as is None else {"same_as": same_as.isoformat()}
    return compact({"topic": topic, "received_at": received_at.isoformat(), "message": text, **same})


def unwrapped(raw: bytes) -> tuple[str, datetime, bytes] | None:
    """Topic, time of receipt and message of what `wrapped` made; None of anything else."""
    try:
        found = json_of(raw)
        if not isinstance(found, dict) or found.keys() != NAMES:
            return None
        at = datetime.fromisoformat(found["received_at"])
        return (found["topic"], at, found["message"].encode()) if at.tzinfo else None
    except (UnreadableError, ValueError, TypeError, AttributeError):
        return None
