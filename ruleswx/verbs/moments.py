"""Times as people type them on the command line: 2026-03-02 10:00."""

from __future__ import annotations

from datetime import datetime, tzinfo

from ruleswx.diagnostics import Lang

__all__ = ["bad_moment", "moment_of"]

_WORDS = {
    "zh": "--at 要写成 '2026-03-02 10:00'，不是 {value}\n",
    "en": "--at wants '2026-03-02 10:00', not {value}\n",
}


def moment_of(text: str | None, zone: tzinfo | None = None) -> datetime | None:
    """The moment in that zone; None for no text, and for one that is no local date and time."""
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return None if moment.tzinfo else moment.replace(tzinfo=zone)


def bad_moment(text: str, lang: Lang) -> str:
    """The sentence for `--at` with something else."""
    return _WORDS[lang].format(value=text)
