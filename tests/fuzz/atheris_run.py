"""Fuzzes some harnesses: python -m tests.fuzz.atheris_run PREFIX CORPUS RUNS SEED. Ends with 0 when nothing was found.

The same seed tries the same bytes. Another one looks elsewhere: that is for whoever has time, and not for CI.
"""

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["devices"]):
    from tests.fuzz.harness import Harness, chosen
    from tests.fuzz.harnesses import HARNESSES

LONGEST_INPUT = 4096
MEGABYTES = 2048
SECONDS_OF_ONE_INPUT = 10


def sown(harnesses: list[Harness], corpus: Path) -> None:
    """Write the real bytes to start from; the first byte names the harness."""
    corpus.mkdir(parents=True, exist_ok=True)
    for number, harness in enumerate(harnesses):
        for index, seed in enumerate(harness.seeds()):
            (corpus / f"{number}-{index}").write_bytes(bytes([number]) + seed)


def main(prefix: str, corpus: str, runs: str, seed: str) -> None:
    harnesses = [harness for name, harness in HARNESSES.items() if name.startswith(prefix)]

    def check(data: bytes) -> None:
        harness, rest = chosen(data, harnesses)
        try:
            harness.check(rest)
        except Exception as error:
            raise AssertionError(f"{harness.name}: {rest!r}") from error

    sown(harnesses, Path(corpus))
    limits = [
        f"-runs={runs}", f"-seed={seed}", f"-max_len={LONGEST_INPUT}", f"-rss_limit_mb={MEGABYTES}",
        f"-timeout={SECONDS_OF_ONE_INPUT}", f"-artifact_prefix={corpus}/found-", "-print_final_stats=1",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *limits, corpus], check)
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
