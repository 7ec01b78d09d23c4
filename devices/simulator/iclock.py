"""A pretended iclock terminal: holds its punches, pushes them, keeps and repeats what was not answered with OK."""

import http.client
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode, urlsplit

from devices.errors import FatalTerminalError
from devices.records import Punch

Dialect: TypeAlias = Literal["attendance", "access"]
PATIENCE_SECONDS = 10.0
AGENT = {"User-Agent": "iClock Proxy/1.09", "Accept": "*/*", "Connection": "close"}
ORDER = "C:"
SUPPORTED = 0
NOT_SUPPORTED = -1002


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the buffer. refusal: the last answer that was not OK; None where there was none."""

    punches: int
    posts: int
    buffered: int
    refusal: str | None


class SimulatedIclockTerminal:
    """One terminal. batch: punches a post. error_delay: seconds between two tries; real ones take 30.

    push_key: named when it greets, and never again.

    orders: the lines it was given and carried out. clock: the Date of the last answer, by which a real one sets itself.
    """

    def __init__(
        self,
        url: str,
        serial_number: str,
        *,
        dialect: Dialect = "attendance",
        batch: int = 50,
        error_delay: float = 0.2,
        push_key: str | None = None,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise FatalTerminalError(f"{url} is no address to push to: write it as http://HOST:PORT.")
        self._address = parts.hostname, parts.port or 80
        self.serial_number = serial_number
        self._dialect = dialect
        self._batch = batch
        self._error_delay = error_delay
        self._key: dict[str, Any] = {} if push_key is None else {"pushcommkey": push_key}
        self._memory: list[Punch] = []
        self._acknowledged = 0
        self._greeted = False
        self._refusal: str | None = None
        self._posts = 0
        self.settings: dict[str, str] = {}
        self.orders: list[str] = []
        self.clock: str | None = None

    def send(
        self, punches: Iterable[Punch] = (), *, seconds: float = 30, stop: threading.Event | None = None
    ) -> Delivery:
        """Hold these punches too, and push whatever is not acknowledged until it is, or the time is over."""
        self._memory.extend(punches)
        self._posts = 0
        deadline = time.monotonic() + seconds
        stop = stop or threading.Event()
        while not self.step() and time.monotonic() < deadline and not stop.is_set():
            stop.wait(self._error_delay)
        return Delivery(len(self._memory), self._posts, len(self._memory) - self._acknowledged, self._refusal)

    def step(self) -> bool:
        """Greet, push what is left, ask for orders; False at the first answer that is not OK."""
        try:
            return (self._greeted or self._greet()) and self._push_all() and self._ask()
        except (OSError, http.client.HTTPException) as error:
            self._refusal = f"{type(error).__name__}: {error}"
            self._greeted = False
            return False

    def request(self, method: str, name: str, body: bytes = b"", **query: str) -> tuple[int, str]:
        """One request; status and text of its answer."""
        connection = http.client.HTTPConnection(*self._address, timeout=PATIENCE_SECONDS)
        try:
            path = f"/iclock/{name}?{urlencode({'SN': self.serial_number, **query}, safe=':')}"
            connection.request(method, path, body or None, AGENT)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            self.clock = answer.headers["Date"]
        finally:
            connection.close()
        if answer.status != http.client.OK:
            self._refusal = f"{answer.status} {text}"
        return answer.status, text

    def _greet(self) -> bool:
        if self._dialect == "access":
            return self._register()
        status, text = self.request("GET", "cdata", options="all", pushver="2.4.1", language="73", **self._key)
        if status != http.client.OK or not text.startswith(f"GET OPTION FROM: {self.serial_number}\n"):
            return False
        self._take_settings(text)
        if self.settings.get("ATTLOGStamp") == "0":
            self._acknowledged = 0
        self._greeted = True
        return True

    def _register(self) -> bool:
        self.request("GET", "cdata", options="all", pushver="3.1.2", PushOptionsFlag="1", DeviceType="acc", **self._key)
        told = b"DeviceType=acc,~DeviceName=SIMULATED,FirmVer=Ver 1.0,PushVersion=Ver 3.1.2"
        status, code = self.request("POST", "registry", told)
        if status != http.client.OK or not code.startswith("RegistryCode="):
            return False
        status, text = self.request("POST", "push")
        self._take_settings(text)
        self._greeted = status == http.client.OK and "SessionID" in self.settings
        return self._greeted

    def _take_settings(self, text: str) -> None:
        self.settings = dict(line.split("=", 1) for line in text.split("\n") if "=" in line)

    def _push_all(self) -> bool:
        while self._acknowledged < len(self._memory):
            part = self._memory[self._acknowledged : self._acknowledged + self._batch]
            if not self._push(part, str(self._acknowledged + len(part))):
                self._greeted = False
                return False
            self._acknowledged += len(part)
        return True

    def _push(self, punches: list[Punch], stamp: str) -> bool:
        self._posts += 1
        if self._dialect == "access":
            status, text = self.request("POST", "cdata", _lines(punches, _event_line), table="rtlog")
        else:
            status, text = self.request("POST", "cdata", _lines(punches, _line), table="ATTLOG", Stamp=stamp)
        return status == http.client.OK and text.startswith("OK")

    def _ask(self) -> bool:
        status, text = self.request("GET", "getrequest")
        for line in text.split("\n") if status == http.client.OK else []:
            if line.startswith(ORDER):
                self._obey(line)
        return status == http.client.OK

    def _obey(self, line: str) -> None:
        """As firmware does: what a query finds goes to cdata, the result to devicecmd."""
        self.orders.append(line)
        _, number, command = line.split(":", 2)
        if self._dialect == "access":
            self._obey_access(number, command)
            return
        span = dict(part.split("=", 1) for part in command.replace("ATTLOG ", "ATTLOG\t").split("\t")[1:])
        result = f"Return={NOT_SUPPORTED}"
        if "StartTime" in span and "EndTime" in span:
            first, last = (datetime.fromisoformat(span[key]) for key in ("StartTime", "EndTime"))
            found = [punch for punch in self._memory if first <= punch[1] <= last]
            result = f"Return={SUPPORTED}"
            if command.startswith("VERIFY SUM"):
                result += f"&AttLogCount={len(found)}"
            elif found and not self._push(found, "0"):
                return
        name = command.split(" ATTLOG", maxsplit=1)[0]
        self.request("POST", "devicecmd", f"ID={number}&{result}&CMD={name}".encode())

    def _obey_access(self, number: str, command: str) -> None:
        """As an access terminal does: what is asked for goes to querydata, the result to devicecmd."""
        rows = _lines(self._memory, _event_line) if command.startswith("DATA QUERY tablename=transaction,") else b""
        count = f"transaction={len(self._memory)}".encode() if command == "DATA COUNT transaction" else b""
        name = command.split(" tablename=", maxsplit=1)[0]
        result = SUPPORTED if rows or count else NOT_SUPPORTED
        if rows or count:
            kind = "count" if count else "tabledata"
            query = {"type": kind, "cmdid": number, "tablename": "transaction"}
            status, _ = self.request("POST", "querydata", rows or count, **query, count=str(len(self._memory)))
            if status != http.client.OK:
                return
        self.request("POST", "devicecmd", f"ID={number}&Return={result}&CMD={name}".encode())


def _lines(punches: list[Punch], line: Callable[[Punch], bytes]) -> bytes:
    return b"".join(line(punch) for punch in punches)


def _line(punch: Punch) -> bytes:
    pin, local_time, state, verify, work_code, _ = punch
    fields = (pin, str(local_time), str(state), str(verify or 0), work_code or "0", "0", "0")
    return "\t".join(fields).encode() + b"\n"


def _event_line(punch: Punch) -> bytes:
    pin, local_time, state, verify, _, _ = punch
    inout = state if state in (0, 1) else 2
    return (
        f"time={local_time}\tpin={pin}\tcardno=0\teventaddr=1\tevent=0\tinoutstatus={inout}"
        f"\tverifytype={verify or 0}\tindex=1\n"
    ).encode()
