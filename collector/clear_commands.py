"""The command that clears the log of a ZK terminal, after proof, when somebody has typed the terminal's name."""

import os
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

import config.settings
from collector.clear_log import UNTOUCHED, Proof, clear_log
from collector.visit import zk_terminal
from config.counted import counted
from config.errors import TepatError
from devices.attlog import exported
from devices.zk.log import Log
from ingest.database import opened

OTHER_KINDS = "Other kinds are never told to clear anything: use the terminal's own menu."


def clear_terminal_log(
    name: Annotated[str, typer.Argument(help="Name of the terminal, as tepat terminal list shows it.")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only store everything and prove it; clear nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for the terminal's name to be typed.")] = False,
    keep_file: Annotated[
        Path | None, typer.Option(help="Write the log into this new file first, as tepat import attlog reads it.")
    ] = None,
) -> None:
    """Clear the log of a ZK terminal, after proof that every record of it is stored. Nothing does this by itself."""
    settings = config.settings.load()
    if keep_file is not None:
        _check_new(keep_file)
    reading = Text(f"reading and proving the log of {name}")
    with opened(settings) as pool, Console(stderr=True).status(reading) as status:
        terminal = zk_terminal(name, pool, OTHER_KINDS)

        def agreed(proof: Proof) -> bool:
            status.stop()
            typer.echo(
                f"{name}: {_all_stored(proof.records)} ({proof.new} new now, {proof.rejected} kept as rejected), "
                f"SHA-256 {proof.sha256}."
            )
            if dry_run or proof.records == 0:
                return False
            if not yes:
                _have_name_typed(name)
            status.start()
            return True

        cleared = clear_log(terminal, pool, settings.data_dir, agreed=agreed, keep=partial(_keep, keep_file))
    if cleared is None:
        typer.echo(UNTOUCHED)
    else:
        since = f"; stored of that moment: {counted(cleared.heard, 'punch', 'punches')}" if cleared.heard else ""
        typer.echo(f"{name}: the log of {counted(cleared.proof.records, 'record')} is cleared{since}.")


def _all_stored(records: int) -> str:
    return "its one record is stored" if records == 1 else f"all {records} records are stored"


def _have_name_typed(name: str) -> None:
    if not sys.stdin.isatty():
        raise TepatError("Nobody is there to agree: run it in a terminal window, or with --yes. Nothing was cleared.")
    if typer.prompt(f"To clear the log of this terminal, type its name ({name})") != name:
        raise TepatError("That is not the name of the terminal. Nothing was cleared.")


def _check_new(path: Path) -> None:
    if path.exists():
        raise TepatError(f"{path} is there already: name a new file. {UNTOUCHED}")
    if not path.parent.is_dir():
        raise TepatError(f"There is no folder {path.parent} for {path.name}: make it, or name another. {UNTOUCHED}")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise TepatError(f"This account may not write into {path.parent}: name another folder. {UNTOUCHED}")


def _keep(path: Path | None, log: Log) -> None:
    """Write a log into a new file that only this account reads, and see it safely on the disk; no path, no file."""
    if path is None:
        return
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(exported(log.punches, log.rejected))
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise TepatError(f"{path} cannot be written ({error.strerror}): name another file. {UNTOUCHED}") from error
