"""What terminals sent and could not be taken as a punch, by what is wrong with it; and tampering that they told of."""

from datetime import datetime
from typing import Annotated, Any, Literal, TypeAlias, get_args

from psycopg import Connection
from psycopg.sql import SQL
from pydantic import BaseModel, BeforeValidator, computed_field

from api import views
from api.models import Page
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
    SQL(" ").join(SQL("WHEN reason ~ {} THEN {}").format(said, kind) for kind, said in REASONS.items())
)
LONGEST = 240
"""Signs of a record that the page shows; `tepat rejected show` shows all."""
NAMES_MOST = 500
OPERATIONS_MOST = 50

# A record stands under the name of its terminal, or under what a device claims to be.
BODY = SQL("""
SELECT rejected.terminal, encode(sha256, 'hex') AS sha256, substr(raw, 1, 2000) AS raw, reason, source, first_seen,
       last_seen, times_seen, resolved_at, named.kind
FROM rejected CROSS JOIN LATERAL (SELECT {} AS kind) AS named
WHERE (%(root)s::integer IS NULL OR rejected.terminal IN (
    SELECT identity FROM terminal
    CROSS JOIN LATERAL (VALUES (name), (CASE WHEN kind IN ('mqtt', 'iclock') THEN address END)) AS claimed(identity)
    WHERE EXISTS (SELECT FROM enrolment JOIN employee ON employee.id = enrolment.employee_id
                  JOIN seen ON seen.id = employee.unit_id WHERE enrolment.terminal_id = terminal.id)))
  AND (%(terminal)s::text IS NULL OR rejected.terminal = %(terminal)s)
  AND (%(text)s::text IS NULL
       OR position(lower(encode(convert_to(%(text)s, 'UTF8'), 'escape')) IN lower(encode(raw, 'escape'))) > 0)
  AND (%(state)s = 'all' OR (resolved_at IS NOT NULL) = (%(state)s = 'resolved'))
  AND (%(kind)s::text IS NULL OR named.kind = %(kind)s)
""").format(KIND)
ORDER = SQL("last_seen DESC, terminal, sha256")
COUNTS = SQL("""{} SELECT kind, count(*) AS records, sum(times_seen) AS times, max(last_seen) AS last_seen
FROM ({}) AS found GROUP BY kind ORDER BY records DESC, kind""").format(views.SEEN, BODY)
NAMES = SQL("{} SELECT DISTINCT terminal FROM ({}) AS found ORDER BY terminal LIMIT %(most)s").format(views.SEEN, BODY)
OPERATIONS = SQL("""{}
SELECT at, substr(actor, 10) AS terminal, action, detail ->> 'local_time' AS local_time, detail ->> 'who' AS who
FROM audit
WHERE detail ? 'record' AND (%(terminal)s::text IS NULL OR substr(actor, 10) = %(terminal)s)
  AND (%(root)s::integer IS NULL OR substr(actor, 10) IN (
      SELECT terminal.name FROM terminal JOIN enrolment ON enrolment.terminal_id = terminal.id
      JOIN employee ON employee.id = enrolment.employee_id JOIN seen ON seen.id = employee.unit_id))
ORDER BY detail ->> 'local_time' DESC NULLS LAST, id DESC LIMIT %(most)s
""").format(views.SEEN)


class Count(BaseModel):
    """How often something is wrong."""

    kind: Kind
    records: int
    times: int
    last_seen: datetime


class Record(BaseModel):
    """A rejected record; its bytes only as text that may be shown."""

    terminal: str
    sha256: str
    raw: bytes
    reason: Annotated[str, BeforeValidator(mask)]
    source: str
    first_seen: datetime
    last_seen: datetime
    times_seen: int
    resolved_at: datetime | None
    kind: Kind

    @computed_field  # type: ignore[prop-decorator]
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
    """What is looked for; None = everything."""

    terminal: str | None = None
    kind: Kind | None = None
    text: str | None = None
    state: State = "open"


def values(root: int | None, search: Search) -> dict[str, Any]:
    return {"root": root, **search.model_dump()}


def counts(connection: Connection[Any], root: int | None, search: Search) -> list[Count]:
    """By kind, whichever kind is looked for."""
    return views.rows(connection, Count, COUNTS, **values(root, search) | {"kind": None})


def records(connection: Connection[Any], root: int | None, search: Search, *, page: int, size: int) -> Page[Record]:
    """Last seen first. Below a unit only those of terminals on which one of its people is enrolled."""
    return views.one_page(connection, Record, BODY, ORDER, values(root, search), page=page, size=size)


def names(connection: Connection[Any], root: int | None) -> list[str]:
    """The terminals, and claimed identities, of which there are rejected records."""
    found = connection.execute(NAMES, {**values(root, Search(state="all")), "most": NAMES_MOST}).fetchall()
    return [name for (name,) in found]


def operations(connection: Connection[Any], root: int | None, terminal: str | None) -> list[Operation]:
    """The latest operations that may be tampering."""
    wanted = {"root": root, "terminal": terminal, "most": OPERATIONS_MOST}
    return views.rows(connection, Operation, OPERATIONS, **wanted)
