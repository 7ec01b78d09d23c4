"""`tepat terminal doctor`: the walk on a screen, or as JSON."""

import json
import os
import sys
from typing import Annotated

import typer

import config.settings
from collector.doctor.finding import Finding, Language, State
from collector.doctor.walk import examine
from ingest.database import opened

SIGNS: dict[State, str] = {"good": "✓", "broken": "✗", "unknown": "?"}
PLAIN: dict[State, str] = {"good": "ok", "broken": "XX", "unknown": "??"}
"""For screens that show ASCII only."""


def doctor(
    name: Annotated[str, typer.Argument(help="Name of the terminal, as tepat terminal list shows it.")],
    *,
    language: Annotated[
        Language | None, typer.Option(help="id: Indonesian, en: English; default: as LANG says, else English.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Walk from a terminal's address to its last punch and its people's days; name the broken step and its cure."""
    chosen = language or _language()
    settings = config.settings.load()
    findings: list[Finding] = []
    with opened(settings) as pool:
        for finding in examine(name, pool, settings):
            findings.append(finding)
            if not as_json:
                _tell(finding, chosen)
    broken = next((finding.step for finding in findings if finding.state == "broken"), None)
    if as_json:
        steps = [_document(finding, chosen) for finding in findings]
        typer.echo(json.dumps({"terminal": name, "broken": broken, "steps": steps}, ensure_ascii=False))
    if broken:
        raise typer.Exit(1)


def _tell(finding: Finding, language: Language) -> None:
    signs = SIGNS if _shows(SIGNS) else PLAIN
    typer.echo(f"{signs[finding.state]} {finding.sentence(language)}")
    cure = finding.cure(language)
    if cure is not None:
        typer.echo(f"  {'→' if _shows(SIGNS) else '->'} {cure}")


def _document(finding: Finding, language: Language) -> dict[str, str | None]:
    return {
        "step": finding.step,
        "state": finding.state,
        "trouble": finding.trouble,
        "sentence": finding.sentence(language),
        "cure": finding.cure(language),
    }


def _shows(signs: dict[State, str]) -> bool:
    try:
        "".join(signs.values()).encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def _language() -> Language:
    set_to = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "id" if set_to.startswith("id") else "en"
