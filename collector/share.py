"""Which terminals are this collector's, when several share the work: told by a hash, the same for ever."""

from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Share:
    """Number `number` of `of` collectors, from 1."""

    number: int
    of: int

    def client_id(self, base: str) -> str:
        """Of this collector at the MQTT broker, which keeps its messages under it.

        Each division has its own: what waits there is for the division in which it was said.
        """
        return base if self.of == 1 else f"{base}-{self.number}of{self.of}"

    @property
    def lock(self) -> str:
        """The name of the file that one collector of this share holds."""
        return "collector.lock" if self.of == 1 else f"collector-{self.number}of{self.of}.lock"


ALONE = Share(1, 1)


def parse_share(text: str) -> Share:
    """A share as the setting says it, such as 2/3."""
    number, of = map(int, text.split("/"))
    return Share(number, of)


def mine(name: str, share: Share) -> bool:
    """Whether a terminal of that name (MQTT: of that device id) belongs to the share; to one of each division."""
    if share.of == 1:
        return True
    return int.from_bytes(sha256(name.encode()).digest()[:8], "big") % share.of == share.number - 1
