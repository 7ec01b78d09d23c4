"""Why somebody cannot be locked, in words that say what to do."""

from collections.abc import Sequence

from scoring.lock import NotReady

CURES = {
    "open": "{about} is not over yet",
    "no_law": "no law: {about}",
    "not_scored": "not scored: run `tepat score {period}`",
    "stale": "facts or law have changed since: run {before}`tepat score {period}`",
    "waiting": "days wait for {about}: `tepat terminal doctor NAME`, or `tepat score {period} --without-waiting`",
    "rate": "a rate is missing in the rulebook: `tepat explain {nip} {period}` names it",
    "target": "no target: `tepat import targets`, then `tepat score {period}`",
    "behaviour": "no rating by the superior that counts: `tepat import ratings`, then `tepat score {period}`",
    "not_counted": "nothing of it was counted: run `tepat score {period}`",
    "predicate": "no predicate: `tepat explain {nip} {period}` tells what it rests on",
}


def unscored_lines(months: Sequence[str]) -> list[str]:
    """What to do about locked months of which facts came that are not scored yet."""
    if not months:
        return []
    runs = ", ".join(f"`tepat score {month}`" for month in months)
    return [f"Facts of locked months came and are not scored yet, so more may be owed: run {runs}."]


def cure(one: NotReady, period: str) -> str:
    """Why somebody cannot be locked, and what to do."""
    others = [month for month in one.about.split() if month != period] if one.reason == "stale" else []
    before = "".join(f"`tepat score {month}`, then " for month in others)
    return CURES[one.reason].format(about=one.about, period=period, nip=one.nip, before=before)
