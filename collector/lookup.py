"""The IP addresses that the hosts of terminals' addresses lead to, looked up together and not waited for long."""

from collections.abc import Collection
from concurrent.futures import Future, wait

from devices import names

SECONDS = 3.0
"""How long names are waited for. A terminal whose name takes longer cannot be polled well either."""


def addresses_of(hosts: Collection[str], seconds: float = SECONDS) -> dict[str, set[str]]:
    """Host → its IP addresses in one spelling; an address leads to itself, a name not known in time to none."""
    answers = {host: names.SYSTEM.asked(host) for host in hosts}
    wait(answers.values(), seconds)
    return {host: _known(answer) for host, answer in answers.items()}


def _known(answer: Future[list[str]]) -> set[str]:
    return set(answer.result()) if answer.done() and answer.exception() is None else set()
