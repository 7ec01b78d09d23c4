"""What terminals sent and could not be taken as a punch, by what is wrong with it; and tampering that they told of."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args

from psycopg import Connection
from psycopg.sql import SQL, Composed
from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, TypeAdapter, computed_field

from api import cursors, views
from api.cursors import Stored
from api.models import Stretch
from config.log import mask, readable

Kind: TypeAlias = Literal[
    "unknown", "clock_past", "clock_future", "operation", "door", "no_person", "bad_time", "live", "other_table",
    "database", "stray", "unreadable",
]  # fmt: skip
State: TypeAlias = Literal["open", "resolved", "all"]
KINDS: tuple[Kind, ...] = get_args(Kind)

REASONS: dict[Kind, str] = {
    "unknown": "is not registered",
    "clock_past": "^implausible time .* before 2005",
    "clock_future": "^implausible time .* more than a day after",
    "operation": "^table 'operlog'",
    "door": "^event [0-9]+: |pin 0 is nobody|identity card",
    "no_person": "names no person|^(line [0-9]+: )?(no pin|no id|pin )|person's number",
    "bad_time": "time not readable|^no time|does not exist|not to the second",
    "live": "live event has a size",
    "other_table": "^table '",
    "database": "database refuses",
    "stray": "fewer than one record|as many records as the terminal counted",
}
"""What the English reason of a record is recognised by, the first that fits; whatever fits none is unreadable."""

KIND = SQL("CASE {} ELSE 'unreadable' END").format(
    SQL(" ").join(SQL("WHEN cause ~ {} THEN {}").format(said, kind) for kind, said in REASONS.items())
)
KEY = TypeAdapter(tuple[AwareDatetime, Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], Stored])
"""Where a stretch ends: last seen, digest and terminal of a record, as a cursor carries them."""
ASKED = ("terminal", "text", "since", "until")
"""Parts of a search that are a condition as they stand."""
LONGEST = 240
"""Signs of a record that the page shows; `tepat rejected show` shows all."""
NAMES_MOST = 500
OPERATIONS_MOST = 50

# A record stands under the name of its terminal, or under what a device claims to be.
CLAIMED = SQL("(VALUES (name), (CASE WHEN kind IN ('mqtt', 'iclock') THEN address END)) AS claimed(identity)")
OF_UNIT = SQL("""rejected.terminal IN (
    SELECT identity FROM terminal CROSS JOIN LATERAL {claimed}
    WHERE EXISTS (SELECT FROM enrolment JOIN employee ON employee.id = enrolment.employee_id
                  JOIN seen ON seen.id = employee.unit_id WHERE enrolment.terminal_id = terminal.id))
""").format(claimed=CLAIMED)
MEANT = SQL("""
SELECT name, identity FROM terminal CROSS JOIN LATERAL {}
WHERE name = %(said)s OR (%(said)s IN (address, serial_number)
                          AND NOT EXISTS (SELECT FROM terminal AS other WHERE other.name = %(said)s))
""").format(CLAIMED)
CONDITIONS: dict[str, SQL | Composed] = {
    "terminal": SQL("rejected.terminal = ANY(%(identities)s)"),
    "since": SQL("last_seen >= %(since)s::timestamp AT TIME ZONE 'UTC'"),
    "until": SQL("last_seen < (%(until)s::date + 1)::timestamp AT TIME ZONE 'UTC'"),
    "text": SQL("position(lower(encode(convert_to(%(text)s, 'UTF8'), 'escape')) IN lower(encode(raw, 'escape'))) > 0"),
    "causes": SQL("cause = ANY(%(causes)s)"),
    "after": SQL("(last_seen, sha256, rejected.terminal) < (%(last_seen)s, decode(%(digest)s, 'hex'), %(name)s)"),
}
STATES: dict[State, SQL] = {
    "open": SQL("resolved_at IS NULL"),
    "resolved": SQL("resolved_at IS NOT NULL"),
    "all": SQL("true"),
}
RECORDS = SQL("""{seen}
SELECT rejected.terminal, encode(sha256, 'hex') AS sha256, substr(raw, 1, 2000) AS raw, reason, source, first_seen,
       last_seen, times_seen, resolved_at, {kind} AS kind
FROM rejected WHERE {wanted} ORDER BY last_seen DESC, rejected.sha256 DESC, rejected.terminal DESC
LIMIT %(most)s
""")
COUNTS = SQL("""{seen}
SELECT {kind} AS kind, sum(records) AS records, sum(times) AS times, max(last_seen) AS last_seen
FROM (SELECT cause, count(*) AS records, sum(times_seen) AS times, max(last_seen) AS last_seen
      FROM rejected WHERE {wanted} GROUP BY cause) AS found
GROUP BY 1 ORDER BY records DESC, kind
""")
# From one cause, or terminal, to the next by the index: there are few of them, however many records.
CAUSES = SQL("""
WITH RECURSIVE next (cause) AS (
    SELECT min(cause) FROM rejected
    UNION ALL
    SELECT (SELECT min(rejected.cause) FROM rejected WHERE rejected.cause > next.cause)
    FROM next WHERE cause IS NOT NULL
)
SELECT cause FROM next WHERE cause IS NOT NULL AND {} = %(kind)s
""").format(KIND)
NAMES = SQL("""{}, next (terminal) AS (
    SELECT min(terminal) FROM rejected
    UNION ALL
    SELECT (SELECT min(rejected.terminal) FROM rejected WHERE rejected.terminal > next.terminal)
    FROM next WHERE terminal IS NOT NULL
)
SELECT terminal FROM next AS rejected WHERE terminal IS NOT NULL AND {} LIMIT %(most)s
""")
OPERATIONS = SQL("""{}
SELECT at, substr(actor, 10) AS terminal, action, detail ->> 'local_time' AS local_time, detail ->> 'who' AS who
FROM audit
WHERE detail ? 'record' AND (%(names)s::text[] IS NULL OR substr(actor, 10) = ANY(%(names)s))
  AND (%(root)s::integer IS NULL OR substr(actor, 10) IN (
      SELECT terminal.name FROM terminal JOIN enrolment ON enrolment.terminal_id = terminal.id
      JOIN employee ON employee.id = enrolment.employee_id JOIN seen ON seen.id = employee.unit_id))
ORDER BY detail ->> 'local_time' DESC NULLS LAST, id DESC LIMIT %(most)s
""").format(views.SEEN)


class RejectedCount(BaseModel):
    """How often something is wrong."""

    kind: Kind = Field(description="what is wrong, in one word")
    records: int = Field(description="different ones")
    times: int = Field(description="how often they came")
    last_seen: datetime


class RejectedRecord(BaseModel):
    """A rejected record; its bytes only as text that may be shown."""

    terminal: str = Field(description="its name, or what a device claims to be")
    sha256: str = Field(description="of its bytes, hexadecimal; `tepat rejected show` takes it")
    raw: bytes = Field(exclude=True)
    reason: Annotated[str, BeforeValidator(mask)] = Field(description="in English; identity numbers are masked")
    source: Literal["poll", "live", "push", "mqtt", "file"] = Field(description="the way it came")
    first_seen: datetime
    last_seen: datetime
    times_seen: int = Field(description="how often it came")
    resolved_at: datetime | None = Field(description="when it was read after all; null: not yet")
    kind: Kind = Field(description="what is wrong with it, in one word")

    @computed_field(description="its bytes as text, the first of them; identity numbers are masked")  # type: ignore[prop-decorator]
    @property
    def text(self) -> str:
        whole = readable(self.raw)
        return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]} …"


class Operation(BaseModel):
    """Work in a terminal's menu that can change or hide punches. local_time: by the terminal's clock."""

    at: datetime
    terminal: str
    action: Literal["settings changed", "data cleared", "clock set"]
    local_time: datetime | None
    who: Annotated[str, BeforeValidator(mask)]

    @property
    def key(self) -> str:
        return self.action.replace(" ", "_")


class Search(BaseModel):
    """What is looked for; None = everything.

    terminal: a name, address or serial number, or what a device claims to be.
    since, until: when last seen, days of UTC.
    """

    terminal: str | None = None
    kind: Kind | None = None
    text: str | None = None
    state: State = "open"
    since: date | None = None
    until: date | None = None

    @property
    def upside_down(self) -> bool:
        return self.since is not None and self.until is not None and self.since > self.until


def counts(connection: Connection[Any], root: int | None, search: Search) -> list[RejectedCount]:
    """By kind, whichever kind is looked for."""
    values = {"root": root, **_values(connection, search)}
    return views.rows(connection, RejectedCount, _query(COUNTS, root, search, ASKED), **values)


def stretch(
    connection: Connection[Any], root: int | None, search: Search, *, cursor: str | None, size: int
) -> Stretch[RejectedRecord]:
    """Last seen first, after the one that the cursor names. Below a unit only those of terminals on which one of its
    people is enrolled.

    Raises:
        Problem: the cursor is none of ours (422).
    """
    values = {"root": root, "most": size + 1, **_values(connection, search)}
    asked = [*ASKED]
    if search.kind is not None:
        values["causes"] = [cause for (cause,) in connection.execute(CAUSES, {"kind": search.kind})]
        asked.append("causes")
    if cursor is not None:
        values["last_seen"], values["digest"], values["name"] = cursors.read(KEY, cursor)
        asked.append("after")
    found = views.rows(connection, RejectedRecord, _query(RECORDS, root, search, asked), **values)
    items = found[:size]
    return Stretch(items=items, next=cursors.written(KEY, _key(items[-1])) if len(found) > size else None)


def names(connection: Connection[Any], root: int | None) -> list[str]:
    """The terminals, and claimed identities, of which there are rejected records."""
    query = NAMES.format(views.SEEN, SQL("true") if root is None else OF_UNIT)
    return [name for (name,) in connection.execute(query, {"root": root, "most": NAMES_MOST})]


def _values(connection: Connection[Any], search: Search) -> dict[str, Any]:
    """What the conditions name."""
    found = _meant(connection, search.terminal)
    identities = {search.terminal, *(identity for _, identity in found)} - {None}
    return {**search.model_dump(), "identities": list(identities)}


def _meant(connection: Connection[Any], said: str | None) -> list[tuple[str, str | None]]:
    """Name and identity of the terminals of this name; else of this address or serial number."""
    return [] if said is None else connection.execute(MEANT, {"said": said}).fetchall()


def _query(template: SQL, root: int | None, search: Search, asked: Collection[str]) -> Composed:
    """Only what is asked stands in the query, so that the database plans by an index."""
    wanted = [CONDITIONS[name] for name in asked if getattr(search, name, True) is not None]
    wanted += [STATES[search.state], *([] if root is None else [OF_UNIT])]
    return template.format(seen=views.SEEN, kind=KIND, wanted=SQL(" AND ").join(wanted))


def _key(record: RejectedRecord) -> tuple[datetime, str, str]:
    return record.last_seen, record.sha256, record.terminal


def operations(connection: Connection[Any], root: int | None, terminal: str | None) -> list[Operation]:
    """The latest operations that may be tampering."""
    names = None if terminal is None else [terminal, *(name for name, _ in _meant(connection, terminal))]
    wanted = {"root": root, "names": names, "most": OPERATIONS_MOST}
    return views.rows(connection, Operation, OPERATIONS, **wanted)
