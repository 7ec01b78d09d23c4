"""Tells each fault once: what an earlier fault explains is left out, or only told without a second cure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from collector.doctor.finding import Finding, State
from config.troubles import Trouble

REACHING = frozenset(
    {
        "registered", "in_use", "turn", "name", "port", "speaks_zk", "key", "talks", "serial", "mode",
        "log", "unread", "broker_set", "broker", "push_set", "asked", "approved", "network", "heard", "imported",
        "told", "offline",
    }
)  # fmt: skip
"""The steps up to a terminal's records in Tepat; while one is broken, none come."""
FOLLOWS: Mapping[str, frozenset[str]] = {
    "unread": frozenset({"collector"}),
    "broker_account": frozenset({"collector", "broker_set", "broker"}),
    "asked": frozenset({"push_set"}),
    "heard": frozenset({"broker_set", "broker", "push_set", "asked", "approved", "network", "offline"}),
    "last_punch": REACHING,
    "pins": frozenset({"enrolled"}),
    "scored": REACHING,
}
"""Which faults explain that a later step does not hold. offline: the broker says that the terminal is gone."""
SAME: Mapping[Trouble, frozenset[str]] = {
    "went_offline": frozenset({"broker_set", "broker"}),
    "push_blocked": frozenset({"push_set", "asked", "approved"}),
    "push_elsewhere": frozenset({"push_set", "asked", "approved", "network"}),
}
"""Which faults explain a trouble that the terminal's health tells of too."""

COSTS: frozenset[tuple[str, State]] = frozenset({("unread", "broken"), ("scored", "unknown")})


def told_once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings without those that only repeat an earlier fault.

    What that fault costs is told still, without a second cure: records that nobody reads, days that wait.
    """
    faults: set[str] = set()
    for finding in findings:
        explained = not faults.isdisjoint(_explained_by(finding))
        if finding.state == "good" or not explained:
            yield finding
        elif (finding.step, finding.state) in COSTS:
            yield replace(finding, explained=True)
        if finding.state == "broken" or (finding.step == "collector" and finding.state == "unknown"):
            faults.add("offline" if finding.trouble == "went_offline" else finding.step)


def _explained_by(finding: Finding) -> frozenset[str]:
    if finding.step == "told" and finding.trouble is not None:
        return SAME.get(finding.trouble, frozenset())
    return FOLLOWS.get(finding.step, frozenset())
