"""Names as rules write them: with `*` at either end, from lists, or by pattern; compared folded.

It must not know whose names they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ruleswx.fold import fold as folding
from ruleswx.rules.conditions.context import folded_name
from ruleswx.rules.patterns import Pattern

__all__ = ["NameTest", "name_test"]


@dataclass(frozen=True, slots=True)
class NameTest:
    """A list of names. `everyone`: `*` or `all` is among them. `shown` is what the author wrote."""

    exact: frozenset[str] = frozenset()
    starts: tuple[str, ...] = ()
    ends: tuple[str, ...] = ()
    inner: tuple[str, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    everyone: bool = False
    shown: str = ""

    def find(self, names: Iterable[str]) -> str | None:
        """The first of these names that fits, as it was given; "" when everyone does and there is no name."""
        given = tuple(names)
        if self.everyone:
            return given[0] if given else ""
        return next((name for name in given if self._fits(name)), None)

    def fits_folded(self, names: Iterable[str]) -> bool:
        """The same for names that are folded already; patterns see them folded too."""
        return self.everyone or any(self._folded(name) or self._found(name) for name in names)

    def _fits(self, name: str) -> bool:
        return self._folded(folded_name(name)) or self._found(name)

    def _folded(self, name: str) -> bool:
        return bool(name) and (
            name in self.exact
            or name.startswith(self.starts)
            or name.endswith(self.ends)
            or any(part in name for part in self.inner)
        )

    def _found(self, name: str) -> bool:
        return any(pattern.search(folding(name, pattern.mode)) is not None for pattern in self.patterns)


def name_test(
    texts: Iterable[str],
    patterns: Iterable[Pattern] = (),
    *,
    everyone: Iterable[str] = (),
    fold: Callable[[str], str] = folded_name,
) -> NameTest:
    """The test of names written so; words of `everyone` let all through."""
    written, known = list(texts), tuple(patterns)
    exact, starts, ends, inner = set[str](), list[str](), list[str](), list[str]()
    for text in written:
        body = fold(text.strip("*"))
        match (text[:1] == "*", text[-1:] == "*" and len(text) > 1):
            case True, True if body:
                inner.append(body)
            case True, False if body:
                ends.append(body)
            case False, True if body:
                starts.append(body)
            case False, False if body:
                exact.add(body)
    free = any(text.strip("*") == "" or text in set(everyone) for text in written)
    shown = ", ".join([*written[:5], *(p.source for p in known)][:6]) + (" …" if len(written) > 5 else "")
    return NameTest(frozenset(exact), tuple(starts), tuple(ends), tuple(inner), known, free, shown)
