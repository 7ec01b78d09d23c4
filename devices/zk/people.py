"""Bring people onto a ZK terminal: name and pin. Adds and corrects; never deletes, never touches a finger or a face.

What a terminal holds of a person beside the name (password, card, group, privilege) goes back to it as it came.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from devices.errors import RetriableTerminalError
from devices.records import INTERNAL
from devices.zk.frames import Command
from devices.zk.terminal import Terminal
from devices.zk.users import NUMBER_USER, TEXT_USER, User, decode_user

LARGEST_UID = 0xFFFF
LARGEST_NUMBER = 0xFFFF_FFFF
NAME_FIELDS = {NUMBER_USER.size: slice(8, 16), TEXT_USER.size: slice(11, 35)}
PIN_BYTES = 24
UID_LOG, NUMBER_LOGS = 8, (8, 16)
"""Sizes of attendance records of firmwares that write internal numbers only, and that know people by numbers."""
UID_ONLY = "its records name people by internal number only: enrol this person as uid:N, N being that number"
SECONDS_EACH = 1.0
SECONDS = 30.0


class Wanted(NamedTuple):
    """Somebody whom a terminal should know. pin: as in the enrolment, also `uid:<n>`."""

    pin: str
    name: str


class Kind(NamedTuple):
    """What a terminal takes of people.

    record_size: 28 or 72 bytes; guessed: nothing on it told which. encoding: code page of names. pin_digits: longest
    pin, None where it does not say. uid_only: its attendance records hold no pin.
    """

    record_size: int
    encoding: str
    pin_digits: int | None = None
    uid_only: bool = False
    guessed: bool = False


@dataclass(slots=True)
class Plan:
    """What bringing people onto a terminal would do.

    added, corrected: as they will be, corrected ones after what they were. others: on it, but not wanted.
    impossible: pin and why. records: those to write, added and corrected.
    """

    added: list[User] = field(default_factory=list)
    corrected: list[tuple[User, User]] = field(default_factory=list)
    unchanged: list[User] = field(default_factory=list)
    others: list[User] = field(default_factory=list)
    impossible: list[tuple[str, str]] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list, repr=False)


def ask_kind(terminal: Terminal, records: Sequence[bytes], encoding: str, log_record_size: int | None) -> Kind:
    """Find out what a terminal takes of people.

    records: those it holds. log_record_size: of its attendance records, None where not known.

    Raises:
        TerminalError: the terminal failed meanwhile.
    """
    with terminal.boundary("asking how long its pins are", SECONDS):
        answer = terminal.ask(Command.OPTION_READ, b"~PIN2Width\0") or b""
    digits = answer.split(b"\0", 1)[0].rpartition(b"=")[2]
    by_log = NUMBER_USER.size if log_record_size in NUMBER_LOGS else TEXT_USER.size
    return Kind(
        len(records[0]) if records else by_log,
        encoding,
        int(digits) or None if digits.isdigit() else None,
        uid_only=log_record_size == UID_LOG,
        guessed=not records and log_record_size is None,
    )


def fitted(name: str, encoding: str, size: int) -> bytes:
    """The begin of a name that fits so many bytes, never cut within a character; `?` for what the code page lacks."""
    shown = " ".join(name.replace("\0", " ").split())
    for end in range(len(shown), 0, -1):
        written = shown[:end].rstrip().encode(encoding, errors="replace")
        if len(written) <= size:
            return written
    return b""


def plan(records: Sequence[bytes], wanted: Iterable[Wanted], kind: Kind) -> Plan:
    """Compare what a terminal holds (`Terminal.read_user_records`) with whom it should know. Pure."""
    made = Plan()
    held = {decode_user(record, kind.encoding): record for record in records}
    by_pin = {user.pin: user for user in reversed(held)}
    by_uid = {user.uid: user for user in held}
    asked = sorted(set(wanted))
    uids = _free_uids(by_uid.keys() | {uid for person in asked if (uid := _uid(person.pin)) is not None})
    met: set[User] = set()
    pins = {user.pin for user in held}
    for person in asked:
        uid = _uid(person.pin)
        user = by_pin.get(person.pin) if uid is None else by_uid.get(uid)
        if user is not None:
            met.add(user)
            _correct(made, user, held[user], person, kind)
        elif why := _fault(person.pin, kind):
            made.impossible.append((person.pin, why))
        elif uid is not None and str(uid) in pins:
            made.impossible.append((person.pin, f"somebody else has the pin {uid} there"))
        elif (free := uid or next(uids, None)) is None:
            made.impossible.append((person.pin, "all its internal numbers are taken"))
        else:
            made.records.append(_record(free, person, kind))
            made.added.append(decode_user(made.records[-1], kind.encoding))
            pins.add(made.added[-1].pin)
    made.others = [user for user in held if user not in met]
    return made


def _correct(made: Plan, user: User, record: bytes, person: Wanted, kind: Kind) -> None:
    place = NAME_FIELDS[len(record)]
    size = place.stop - place.start
    name = fitted(person.name, kind.encoding, size)
    if record[place].split(b"\0", 1)[0] == name:
        made.unchanged.append(user)
        return
    made.records.append(record[: place.start] + name.ljust(size, b"\0") + record[place.stop :])
    made.corrected.append((user, decode_user(made.records[-1], kind.encoding)))


def _record(uid: int, person: Wanted, kind: Kind) -> bytes:
    place = NAME_FIELDS[kind.record_size]
    name = fitted(person.name, kind.encoding, place.stop - place.start)
    pin = str(uid) if person.pin.startswith(INTERNAL) else person.pin
    if kind.record_size == NUMBER_USER.size:
        return NUMBER_USER.pack(uid, 0, name, int(pin))
    return TEXT_USER.pack(uid, 0, name, pin.encode())


def _uid(pin: str) -> int | None:
    """The internal number that an enrolment names instead of a pin."""
    number = pin.removeprefix(INTERNAL)
    return int(number) if number != pin and number.isascii() and number.isdecimal() else None


def _free_uids(taken: set[int]) -> Iterator[int]:
    """Numbers above all that are taken, because punches of deleted people carry old ones; then the gaps."""
    highest = max(taken, default=0)
    yield from range(highest + 1, LARGEST_UID + 1)
    yield from (uid for uid in range(1, highest) if uid not in taken)


def _fault(pin: str, kind: Kind) -> str | None:
    """Why a terminal cannot hold a pin."""
    uid = _uid(pin)
    if uid is not None or pin.startswith(INTERNAL):
        return None if uid and uid <= LARGEST_UID else f"internal numbers go from 1 to {LARGEST_UID}"
    if kind.uid_only:
        return UID_ONLY
    if kind.record_size == NUMBER_USER.size:
        plain = pin.isascii() and pin.isdecimal() and (pin == "0" or pin[0] != "0") and int(pin) <= LARGEST_NUMBER
        return None if plain else f"it knows people by numbers up to {LARGEST_NUMBER} without leading zeros"
    if len(pin.encode()) > PIN_BYTES or (kind.pin_digits is not None and len(pin) > kind.pin_digits):
        return f"it holds pins of at most {kind.pin_digits or PIN_BYTES} signs"
    return None


def write(terminal: Terminal, made: Plan, kind: Kind) -> list[User]:
    """Write what a plan adds and corrects, and read it back; those that the terminal did not keep as written.

    Where its kind is guessed, one person is written first, and nobody else if that one is not kept.

    Raises:
        TerminalError: the terminal failed meanwhile or declined somebody; those before are written.
    """
    lost = _written(terminal, made.records[:1], kind.encoding) if kind.guessed else []
    return lost or _written(terminal, made.records, kind.encoding)


def _written(terminal: Terminal, records: Sequence[bytes], encoding: str) -> list[User]:
    with terminal.boundary("writing people", SECONDS + SECONDS_EACH * len(records)):
        for record in records:
            if terminal.ask(Command.USER_WRITE, record) is None:
                user = decode_user(record, encoding)
                raise RetriableTerminalError(
                    f"The terminal at {terminal.address} declined the person with the pin {user.pin}. Try again; if "
                    "this repeats, look whether it is full, or locked by an administrator."
                )
        terminal.ask(Command.REFRESH)
    kept = {decode_user(record, encoding) for record in terminal.read_user_records()}
    return [user for record in records if (user := decode_user(record, encoding)) not in kept]
