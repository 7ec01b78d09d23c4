"""A log that a terminal holds ready to be read in pieces."""

from devices.zk.pyzk import FramedZK


class PreparedLog:
    """The buffer of one reading: a snapshot, of which any stretch may be asked for.

    size: bytes the terminal announced. came_whole: it sent a small log at once, so no stretch is asked for.
    """

    def __init__(self, zk: FramedZK, answer: bytes | int) -> None:
        self._zk = zk
        self._stream = answer if isinstance(answer, bytes) else None
        self.came_whole = self._stream is not None
        self.size = len(answer) if isinstance(answer, bytes) else answer

    def read(self, offset: int, size: int) -> bytes | None:
        """So many bytes from an offset; None when the terminal declines, or sends fewer."""
        if self._stream is not None:
            piece = self._stream[offset : offset + size]
            return piece if len(piece) == size else None
        parts: list[bytes] = []
        for start in range(offset, offset + size, self._zk.largest_slice):
            asked = min(self._zk.largest_slice, offset + size - start)
            part = self._zk.read_slice(start, asked)
            if part is None or len(part) != asked:
                return None
            parts.append(part)
        return b"".join(parts)
