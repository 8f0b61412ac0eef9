"""What can be wrong with an order given to the sandbox.

Raised for mistakes of whoever drives the world (a name nobody has, a verb that
does not exist). Mistakes of a *client under test* are never raised: they are
answered as the real server would and written to `World.violations`.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["SandboxError", "did_you_mean"]


class SandboxError(ValueError):
    """The order cannot be carried out; the text says what to change."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a sentence offering the nearest known words, or "" when none is near."""
    names = sorted(set(known))
    near = get_close_matches(word, names, n=3, cutoff=0.5)
    near = near or [name for name in names if word and (word in name or name in word)][:3]
    return f" Did you mean {' or '.join(near)}?" if near else ""
