"""Accounts of people, keys of machines, and how either proves to be who it says."""

import functools
import hashlib
import re
import secrets
import threading
from datetime import timedelta
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection
from psycopg.sql import SQL
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api import audit
from api.models import Role
from config.errors import TepatError

SESSION_LENGTH = timedelta(hours=10)
"""A working day; then the password is asked for again."""

WINDOW = timedelta(minutes=15)
FAILURES_OF_ADDRESS = 10
"""Failed logins from one address within the window before it is told to wait."""
FAILURES_OF_ACCOUNT = 50
"""Failed logins of one account within the window before even its right password counts as wrong."""

PASSWORD_LENGTH = range(12, 257)
"""At least 12 as ASVS 5.0 6.2.1 and more; at most what argon2 should be made to chew."""
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")

HASHER = PasswordHash((Argon2Hasher(),))
HASHING = threading.BoundedSemaphore(2)
"""Each hash takes 64 MiB and a core: more at once would let logins starve the office."""

KEYS_REFUSED = 100
"""Wrong keys from one address within the window that are written down; more would let a stranger fill the disk."""

KEY_PREFIX = re.compile(r"[0-9a-f]{8}")


class Holder(NamedTuple):
    """Whose session or key it is, as it stands now."""

    name: str
    role: Role
    unit_id: int | None
    employee_id: int | None


class AccountError(TepatError):
    """An account or key cannot be made as asked."""


def add_account(
    connection: Connection[Any],
    name: str,
    password: str,
    *,
    role: Role,
    unit: str | None,
    actor: str,
    nip: str | None = None,
) -> None:
    """Add a person's account; `unit` is the code of the highest unit it may see, None for all; `nip`: whose own it is.

    Raises:
        AccountError: the name is taken or unusable, the password too short, or there is no such unit.
    """
    _check_name(connection, "account", name)
    if len(password) not in PASSWORD_LENGTH or name in password.lower():
        raise AccountError(
            f"This password cannot be used: take {PASSWORD_LENGTH.start} to {PASSWORD_LENGTH.stop - 1} characters, "
            f"without the name {name} in them."
        )
    employee = _employee_id(connection, role, unit, nip)
    connection.execute(
        "INSERT INTO account (name, password_hash, role, unit_id, employee_id, created_at)"
        " VALUES (%s, %s, %s, %s, %s, now())",
        (name, _hashed(password), role, _unit_id(connection, unit), employee),
    )
    audit.record(connection, actor, "add", f"account:{name}", _bound(role, unit, employee))


def disable_account(connection: Connection[Any], name: str, *, actor: str) -> None:
    """End an account and its sessions, from the next request on. Its name stays taken, for the audit's sake.

    Raises:
        AccountError: there is no such account, or it is disabled already.
    """
    _end(connection, "account", SQL("account"), SQL("disabled_at"), name)
    connection.execute(
        "DELETE FROM login_session USING account WHERE account.id = login_session.account_id AND account.name = %s",
        (name,),
    )
    audit.record(connection, actor, "disable", f"account:{name}")


def add_key(
    connection: Connection[Any], name: str, *, role: Role, unit: str | None, actor: str, nip: str | None = None
) -> str:
    """Add a machine's key and give it back; only its hash is kept, so this is the one time it is seen.

    Raises:
        AccountError: the name is taken or unusable, or there is no such unit.
    """
    _check_name(connection, "api_key", name)
    employee = _employee_id(connection, role, unit, nip)
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    connection.execute(
        "INSERT INTO api_key (name, prefix, secret_sha256, role, unit_id, employee_id, created_at)"
        " VALUES (%s, %s, %s, %s, %s, %s, now())",
        (name, prefix, _sha256(secret), role, _unit_id(connection, unit), employee),
    )
    audit.record(connection, actor, "add", f"key:{name}", _bound(role, unit, employee))
    return f"{prefix}.{secret}"


def revoke_key(connection: Connection[Any], name: str, *, actor: str) -> None:
    """End a machine's key, from the next request on. Its name stays taken, for the audit's sake.

    Raises:
        AccountError: there is no such key, or it is revoked already.
    """
    _end(connection, "key", SQL("api_key"), SQL("revoked_at"), name)
    audit.record(connection, actor, "revoke", f"key:{name}")


def too_many_failures(connection: Connection[Any], address: str) -> bool:
    """Whether this address must wait. It depends on no name, so it tells nothing about names."""
    return _failures(connection, "login failed", "detail ->> 'address' = %s", address) >= FAILURES_OF_ADDRESS


def log_in(connection: Connection[Any], name: str, password: str, address: str) -> str | None:
    """A new session's token when name and password fit, else None; either way an audit row, and the same time taken.

    An unknown name is not written down: it may be a password typed into the wrong field.
    """
    nobody = _hash_of_nobody()
    found = connection.execute(
        "SELECT id, name, password_hash FROM account WHERE name = %s AND disabled_at IS NULL", (name,)
    ).fetchone()
    account_id, actor, known = (found[0], f"account:{found[1]}", found[2]) if found else (None, "account:?", nobody)
    fits = _verified(password, known)
    locked = account_id and _failures(connection, "login failed", "actor = %s", actor) >= FAILURES_OF_ACCOUNT
    if account_id is None or not fits or locked:
        audit.record(connection, actor, "login failed", "login", {"address": address, "locked": bool(locked)})
        return None
    audit.record(connection, actor, "login", "login", {"address": address})
    return _open_session(connection, account_id)


def log_out(connection: Connection[Any], token: str, actor: str) -> None:
    connection.execute("DELETE FROM login_session WHERE token_sha256 = %s", (_sha256(token),))
    audit.record(connection, actor, "logout", "login")


def holder_of_session(connection: Connection[Any], token: str) -> Holder | None:
    """The account of a session as it is now, so that a change holds at once; None when it is over."""
    found = connection.execute(
        "SELECT account.name, account.role, account.unit_id, account.employee_id FROM login_session"
        " JOIN account ON account.id = login_session.account_id"
        " WHERE token_sha256 = %s AND expires_at > now() AND disabled_at IS NULL",
        (_sha256(token),),
    ).fetchone()
    return None if found is None else Holder(*found)


def holder_of_key(connection: Connection[Any], key: str) -> Holder | None:
    """Who holds a key; None when it is unknown or revoked. Its use is noted once a minute at most."""
    prefix, secret = prefix_of(key), key.partition(".")[2]
    if prefix is None:
        return None
    found = connection.execute(
        "SELECT id, secret_sha256, name, role, unit_id, employee_id FROM api_key"
        " WHERE prefix = %s AND revoked_at IS NULL",
        (prefix,),
    ).fetchone()
    if found is None or not secrets.compare_digest(found[1], _sha256(secret)):
        return None
    connection.execute(
        "UPDATE api_key SET used_at = now()"
        " WHERE id = %s AND (used_at IS NULL OR used_at < now() - interval '1 minute')",
        (found[0],),
    )
    return Holder(*found[2:])


def prefix_of(key: str) -> str | None:
    """The part of a key that is no secret; None when it has no such part, and all of it may be a secret."""
    prefix, dot, _ = key.partition(".")
    return prefix if dot and KEY_PREFIX.fullmatch(prefix) else None


def key_refused(connection: Connection[Any], key: str, object_: str, address: str) -> None:
    """Write down that an unknown, wrong or revoked key asked for something; of it only the prefix, never the secret."""
    if _failures(connection, "key refused", "detail ->> 'address' = %s", address) < KEYS_REFUSED:
        audit.record(connection, "key:?", "key refused", object_, {"address": address, "prefix": prefix_of(key)})


@functools.cache
def _hash_of_nobody() -> str:
    """Compared with when the name is unknown, so that an answer takes as long as for a known one (ASVS 6.3.8).

    Made at the first login, whatever its name: making it costs 64 MiB, and most commands log nobody in.
    """
    return _hashed(secrets.token_urlsafe())


def _open_session(connection: Connection[Any], account_id: int) -> str:
    token = secrets.token_urlsafe(32)
    connection.execute("DELETE FROM login_session WHERE expires_at <= now()")
    connection.execute(
        "INSERT INTO login_session (token_sha256, account_id, created_at, expires_at)"
        " VALUES (%s, %s, now(), now() + %s)",
        (_sha256(token), account_id, SESSION_LENGTH),
    )
    return token


def _failures(connection: Connection[Any], action: str, which: LiteralString, value: str) -> int:
    query = SQL("SELECT count(*) FROM audit WHERE at > now() - %s AND action = %s AND {}").format(SQL(which))
    found = connection.execute(query, (WINDOW, action, value)).fetchone()
    assert found is not None
    return int(found[0])


def _hashed(password: str) -> str:
    with HASHING:
        return HASHER.hash(password)


def _verified(password: str, known: str) -> bool:
    with HASHING:
        return HASHER.verify(password[: PASSWORD_LENGTH.stop], known)


def _sha256(secret: str) -> bytes:
    """Enough for a secret of 256 random bits (ASVS 6.5.2)."""
    return hashlib.sha256(secret.encode()).digest()


def _check_name(connection: Connection[Any], table: str, name: str) -> None:
    if not NAME.fullmatch(name):
        raise AccountError(f"{name!r} cannot be a name: take 2 to 64 of a-z, 0-9, dot, dash and underscore.")
    query = f"SELECT FROM {table} WHERE name = %s"
    if connection.execute(query, (name,)).fetchone() is not None:
        raise AccountError(f"The name {name} is taken: choose another.")


def _end(connection: Connection[Any], what: str, table: SQL, column: SQL, name: str) -> None:
    ended = connection.execute(
        SQL("UPDATE {table} SET {column} = now() WHERE name = %s AND {column} IS NULL").format(
            table=table, column=column
        ),
        (name,),
    )
    if ended.rowcount:
        return
    found = connection.execute(
        SQL("SELECT {column} FROM {table} WHERE name = %s").format(table=table, column=column), (name,)
    ).fetchone()
    if found is None:
        raise AccountError(f"There is no {what} with the name {name!r}: check how it was written when it was added.")
    raise AccountError(f"The {what} {name} was ended already, at {found[0]:%Y-%m-%d %H:%M} UTC: nothing is left to do.")


def _unit_id(connection: Connection[Any], code: str | None) -> int | None:
    if code is None:
        return None
    found = connection.execute("SELECT id FROM unit WHERE code = %s", (code,)).fetchone()
    if found is None:
        raise AccountError(f"There is no unit with the code {code}: import the units first (tepat import units FILE).")
    return int(found[0])


def _bound(role: Role, unit: str | None, employee: int | None) -> dict[str, object]:
    """For the audit: employees by the database's number."""
    return {"role": role, "unit": unit} if employee is None else {"role": role, "employee": employee}


def _employee_id(connection: Connection[Any], role: Role, unit: str | None, nip: str | None) -> int | None:
    if role != "employee":
        if nip is not None:
            raise AccountError(f"The role {role} is nobody's own: leave --nip out, or take --role employee.")
        return None
    if nip is None or unit is not None:
        raise AccountError("The role employee sees what is somebody's own: say whose with --nip, and leave --unit out.")
    found = connection.execute("SELECT id FROM employee WHERE nip = %s", (nip,)).fetchone()
    if found is None:
        raise AccountError("There is no employee with this NIP: import the employees first (tepat import employees).")
    return int(found[0])
