"""Read a ZK terminal: who it is, its log, its people, its live punches. Only clearing.py disables or clears one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from devices.errors import FatalTerminalError, RetriableTerminalError, TerminalError
from devices.records import Punch, Rejected
from devices.zk.address import Address, parse_address
from devices.zk.events import ATTENDANCE, decode_event
from devices.zk.frames import Command
from devices.zk.link import Arrival
from devices.zk.log import Log, StrideError, decode_log
from devices.zk.prepared import PreparedLog
from devices.zk.pyzk import READ_LOG, FramedZK
from devices.zk.refusal import declined
from devices.zk.sizes import Sizes, decode_sizes
from devices.zk.timing import Moment, measured
from devices.zk.users import User, decode_user, user_records

PATIENCE_SECONDS = 10.0
TRANSFER_SECONDS = 300.0
"""A full log of 100,000 records is 4 MB; slow terminals send it in one to two minutes."""
FAREWELL_SECONDS = 2.0
LOG_READS = 4
"""Times a log is read when the count before and after differ: someone punched meanwhile."""
PEOPLE = 5
"""What 1503 calls the list of people."""
LARGEST_KEY = 999_999


@dataclass(frozen=True, slots=True)
class Identity:
    """What a terminal says of itself; None where it does not say."""

    serial_number: str | None
    device_name: str | None
    platform: str | None
    firmware: str | None
    sizes: Sizes
    moment: Moment

    @property
    def asked_at(self) -> datetime:
        return self.moment.at


class Terminal:
    """One open session with one terminal. Use `open_terminal`."""

    def __init__(self, address: Address, comm_key: int, patience: float, transfer: float) -> None:
        self.address = address
        self._zk = FramedZK(address, comm_key, patience)
        self._comm_key = comm_key
        self._patience = patience
        self._transfer = transfer
        self._listening = False

    def connect(self) -> None:
        with self.boundary("opening a session", self._patience):
            if not self._zk.connect():
                raise declined(self.address, self._zk.last_code, self._comm_key, "when asked for a session")

    def close(self) -> None:
        """Say goodbye where that is possible, and close the connection in any case."""
        link = self._zk.link
        if link is None:
            return
        try:
            if self._zk.is_connect and link.failure is None:
                with suppress(TerminalError), self.boundary("closing the session", FAREWELL_SECONDS):
                    if self._listening:
                        self._zk.reg_event(0)
                    self._zk.disconnect()
        finally:
            link.close()

    def read_identity(self) -> Identity:
        """Ask the terminal who it is, how full, and what its clock shows.

        Raises:
            TerminalError: the terminal failed meanwhile.
        """
        with self.boundary("asking who it is", self._patience):
            serial_number = self._option("~SerialNumber")
            device_name = self._option("~DeviceName")
            platform = self._option("~Platform")
            firmware = _text(self._zk.ask(Command.VERSION))
            sizes = self._sizes()
        return Identity(serial_number, device_name, platform, firmware, sizes, self.read_clock())

    def read_clock(self) -> Moment:
        """See what the terminal's clock shows.

        Raises:
            TerminalError: the terminal failed meanwhile.
        """
        with self.boundary("asking for its time", self._patience):
            return measured(self.ask)

    def read_sizes(self) -> Sizes:
        """Ask how full the terminal is.

        Raises:
            TerminalError: the terminal failed meanwhile.
        """
        with self.boundary("asking how full it is", self._patience):
            return self._sizes()

    def read_log(self, on_arrival: Arrival | None = None) -> Log:
        """Read the whole attendance log, counting records before and after.

        Raises:
            RetriableTerminalError: the terminal failed, or bytes and counts never agreed.
            FatalTerminalError: it does not hand out an attendance log.
        """
        with self.boundary("reading its attendance log", self._transfer):
            for attempt in range(LOG_READS):
                before = self._sizes().records
                stream = self._stream(Command.ATTENDANCE_READ, 0, on_arrival) if before else self._no_log()
                after = self._sizes().records
                if before != after and attempt < LOG_READS - 1:
                    continue
                try:
                    return decode_log(stream, range(before, after + 1) if before < after else (before, after))
                except StrideError as error:
                    misfit = error
        raise RetriableTerminalError(
            f"The attendance log of the terminal at {self.address} cannot be told into records: {misfit}, "
            f"in {LOG_READS} readings.",
            "unreadable_log",
        )

    @contextmanager
    def prepared_log(self) -> Iterator[PreparedLog]:
        """Have the terminal hold its log ready, to read stretches of it; freed at the end of the block.

        Raises:
            TerminalError: the terminal failed meanwhile, or does not hand out its log.
        """
        with self.boundary("reading the end of its attendance log", self._transfer):
            answer = self._zk.prepare_log()
            if answer is None:
                raise declined(self.address, self._zk.last_code, self._comm_key, "when asked for its attendance log")
            yield PreparedLog(self._zk, answer)
            self._zk.ask(Command.FREE_DATA)

    def read_users(self, encoding: str = "utf-8") -> list[User]:
        """Read the list of people, as `read_user_records`; encoding: code page of their names."""
        return [decode_user(record, encoding) for record in self.read_user_records()]

    def read_user_records(self) -> list[bytes]:
        """Read the list of people as it lies on the terminal: with passwords, so never to be kept or shown.

        Raises:
            RetriableTerminalError: the terminal failed, or bytes and counts do not agree.
            FatalTerminalError: it does not hand out the list.
        """
        with self.boundary("reading its list of people", self._transfer):
            count = self._sizes().users
            stream = self._stream(Command.USERS_READ, PEOPLE, None) if count else b""
        try:
            return user_records(stream, [count])
        except StrideError as error:
            raise RetriableTerminalError(
                f"The list of people of the terminal at {self.address} cannot be told into records: {error}.",
                "odd_answer",
            ) from error

    def read_live(self, seconds: float, *, ask: bool = True) -> tuple[list[Punch], list[Rejected]]:
        """Wait up to so many seconds for live news, and take all that came: early, and never instead of a poll.

        ask: when none came the terminal is asked its time, so that one that is gone is noticed.

        Raises:
            TerminalError: the terminal failed meanwhile.
        """
        punches: list[Punch] = []
        rejected: list[Rejected] = []
        with self.boundary("listening for live punches", seconds + self._patience):
            if not self._listening:
                self._zk.reg_event(ATTENDANCE)
                self._listening = True
            link = self._zk.link
            assert link is not None
            while packet := link.next_event(seconds):
                self._zk.acknowledge_event()
                good, bad = decode_event(packet)
                punches += good
                rejected += bad
                seconds = 0
            if ask and not punches and not rejected:
                self._zk.ask(Command.GET_TIME)
        return punches, rejected

    def _option(self, name: str) -> str | None:
        answer = _text(self._zk.ask(Command.OPTION_READ, name.encode() + b"\0"))
        return answer.partition("=")[2] or None if answer else None

    def _sizes(self) -> Sizes:
        answer = self._zk.ask(Command.FREE_SIZES) or b""
        sizes = decode_sizes(answer)
        if sizes is None:
            raise RetriableTerminalError(
                f"The terminal at {self.address} did not say how many records it holds "
                f"(its answer has only {len(answer)} bytes).",
                "odd_answer",
            )
        return sizes

    def _no_log(self) -> bytes:
        """No record is held: either the log is empty, or the terminal is in another mode and says so when asked."""
        if self._zk.ask(Command.PREPARE_BUFFER, READ_LOG) is not None:
            self._zk.ask(Command.FREE_DATA)
        elif self._zk.last_code == Command.NOT_THIS_MODE:
            raise declined(self.address, self._zk.last_code, self._comm_key, "")
        return b""

    def _stream(self, command: Command, what: int, on_arrival: Arrival | None) -> bytes:
        link = self._zk.link
        assert link is not None
        link.on_arrival = on_arrival
        stream, announced = self._zk.read_buffer(command, what)
        if len(stream) != announced:
            raise RetriableTerminalError(
                f"The terminal at {self.address} sent {len(stream)} bytes of {announced} while {link.doing}.",
                "interrupted",
            )
        return stream

    def ask(self, command: Command, data: bytes = b"") -> bytes | None:
        """One question inside a `boundary`; None where the terminal declines it."""
        return self._zk.ask(command, data)

    @contextmanager
    def boundary(self, doing: str, seconds: float) -> Iterator[None]:
        """The one place where what pyzk throws becomes an error of ours; any error closes the connection.

        doing: for the error. seconds: the deadline of everything inside.
        """
        link = self._zk.link
        if link is not None:
            link.begin(doing, seconds)
        try:
            yield
        except Exception as error:
            failure = self._explained(error, doing)
            if self._zk.link is not None:
                self._zk.link.failure = failure
                self._zk.link.close()
            if failure is error:
                raise
            raise failure from error

    def _explained(self, error: Exception, doing: str) -> TerminalError:
        if isinstance(error, TerminalError):
            return error
        if self._zk.link is not None and self._zk.link.failure is not None:
            return self._zk.link.failure
        return declined(
            self.address, self._zk.last_code, self._comm_key, f"while {doing} ({type(error).__name__}: {error})"
        )


def _text(answer: bytes | None) -> str | None:
    """Text up to its NUL; bytes that are no text show as replacement characters."""
    return answer.split(b"\0", 1)[0].decode("utf-8", errors="replace").strip() or None if answer else None


@contextmanager
def open_terminal(
    address: str, comm_key: int = 0, *, patience: float = PATIENCE_SECONDS, transfer: float = TRANSFER_SECONDS
) -> Iterator[Terminal]:
    """Open one session over one connection with the terminal at HOST[:PORT]; always closed at the end.

    Args:
        address: HOST or HOST:PORT, behind udp:// where it speaks UDP only.
        comm_key: the terminal's communication key, 0 when it has none.
        patience: seconds of silence borne, also while connecting.
        transfer: seconds that one reading of a whole log may take.

    Raises:
        RetriableTerminalError: the terminal or the network failed for now.
        FatalTerminalError: wrong address, wrong key, or no ZK terminal.
    """
    if not 0 <= comm_key <= LARGEST_KEY:
        raise FatalTerminalError(f"The communication key is no number from 0 to {LARGEST_KEY}.")
    terminal = Terminal(parse_address(address), comm_key, patience, transfer)
    try:
        terminal.connect()
        yield terminal
    finally:
        terminal.close()
