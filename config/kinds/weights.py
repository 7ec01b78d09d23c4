"""The shares of attendance, output and behaviour in the total."""

from dataclasses import dataclass

from config.dated import Block
from config.kinds.shape import Shape

FULL = 100_00
"""100 % in hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Shares of the components in the total, hundredths of a percent; together 100 %. None = not known, then all are.

    never_above_attendance: the payable percent may not exceed that of attendance.
    """

    attendance: int | None
    output: int | None
    behaviour: int | None
    never_above_attendance: bool

    @property
    def known(self) -> bool:
        return self.attendance is not None and self.output is not None and self.behaviour is not None


def _weights(version: Block) -> Weights:
    given = {name: version.percent(name) if name in version.data else 0 for name in COMPONENTS}
    unknown = [name for name in COMPONENTS if given[name] is None]
    together = sum(share or 0 for share in given.values())
    if len(unknown) != len(COMPONENTS) and (unknown or together != FULL):
        said = ", ".join(f"{name} {version.data.get(name, 0)}" for name in COMPONENTS)
        raise version.error(f"{said} do not make 100", 'Write percentages that add up to 100, or all three "unknown"')
    limited = version.flag("never_above_attendance") if "never_above_attendance" in version.data else False
    return Weights(**given, never_above_attendance=limited)


COMPONENTS = ("attendance", "output", "behaviour")
WEIGHTS = Shape(frozenset({"attendance", "output"}), frozenset({"behaviour", "never_above_attendance"}), _weights)
