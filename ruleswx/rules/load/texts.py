"""Patterns and templates of a file: do they compile, and does every name in a template come from somewhere?

It must not know how a pattern matches or a template renders, only what they complain about.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import replace

from ruleswx.diagnostics import Diagnostic, Place
from ruleswx.fold import fold_key
from ruleswx.rules.load.crossing import nearest
from ruleswx.rules.load.walk import Path, conds, every_step, rules, templates, when_conds
from ruleswx.rules.patterns import Pattern, PatternError, compile_pattern, folded_away
from ruleswx.rules.schema import CheckedFile, Cond, Name, Options, Rule, Step, Timed
from ruleswx.templates import Template, TemplateProblem, compile_template

__all__ = ["NAMES", "check_texts", "template_findings", "template_names"]

NAMES = frozenset({
    "text", "person", "member", "group", "owner", "me", "now", "today", "weekday", "msg", "at", "secrets", "flood",
    "repeat", "strikes", "joined", "left", "inviter",
})  # fmt: skip
"""What every template may use; the rest comes from the rule."""
_LOOSE_SHORT = 2
_SHORTEST_CLEAR = 6  # so many characters are not two even when signs among them are skipped


def check_texts(file: CheckedFile, shared: Iterable[str], named: dict[str, frozenset[str]]) -> Iterator[Diagnostic]:
    """Every finding of this file's patterns and templates.

    `shared` are the variables of all files; `named` collects the names that each named template needs, filled by
    `template_names` before.
    """
    yield from _Texts(file, frozenset(shared), named).check()


def template_names(texts: Iterable[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """The free names of named templates; a broken one has none here and its own finding elsewhere."""
    found: dict[str, frozenset[str]] = {}
    for name, text in texts:
        try:
            found[name] = compile_template(text).names
        except TemplateProblem:
            found[name] = frozenset()
    return found


def template_findings(options: Options) -> Iterator[Diagnostic]:
    """What is wrong with the files of the template folder, at their own lines."""
    for name, text in options.templates.items():
        try:
            compile_template(text)
        except TemplateProblem as error:
            before = text[: error.offset]
            line = before.count("\n")
            column = error.offset - (before.rfind("\n") + 1)
            place = Place(f"{options.template_folder}/{name}.j2", line + 1, column + 1)
            yield Diagnostic(error.code, place, error.values, text.split("\n")[line], max(1, error.length))


class _Texts:
    def __init__(self, file: CheckedFile, shared: frozenset[str], named: dict[str, frozenset[str]]) -> None:
        self.file = file
        self.source = file.source
        self.base = NAMES | shared
        self.named = named
        self.commented = any(" #" in line for line in self.source.lines)

    def check(self) -> Iterator[Diagnostic]:
        for name, text in (self.file.model.templates or {}).items():
            path: Path = ("templates", name)
            yield from self.cut(path, text)
            _, problems = self.template(path, text)
            yield from problems
        for _, path, rule in rules(self.file.model):
            yield from self.rule(path, rule)
        for index, timed in enumerate(self.file.model.schedule or ()):
            yield from self.steps(("schedule", index), timed, [])

    def rule(self, path: Path, rule: Rule) -> Iterator[Diagnostic]:
        defaults = self.file.model.defaults
        mode = rule.match or (defaults.match if defaults else None) or "normal"
        captures: list[str] = []
        for at, cond in when_conds(path, rule):
            for where, text in _patterns(at, cond):
                pattern = yield from self.pattern(where, text, mode)
                if pattern is not None and at[2] == "when":
                    captures += pattern.groups
        yield from self.steps(path, rule, captures)
        if mode == "loose":
            yield from self.short_words(path, rule)

    def pattern(self, path: Path, text: str, mode: str) -> Generator[Diagnostic, None, Pattern | None]:
        try:
            pattern = compile_pattern(text, "exact" if mode == "exact" else "normal")
        except PatternError as error:
            yield self.source.inside(error.code, path, error.offset, error.length, error.values)
            return None
        if mode != "exact" and fold_key(text, "normal") != text.casefold():
            for lost in folded_away(text):
                args = {"char": lost.char, "folded": lost.folded}
                yield self.source.inside("W205", path, lost.offset, lost.length, args)
        return pattern

    def steps(self, path: Path, rule: Rule | Timed, captures: list[str]) -> Iterator[Diagnostic]:
        every = list(every_step(path, rule))
        for at, step in every:
            for key, cond in (("if", step.if_), ("expect", step.expect)):
                for inner, found in conds(cond, (*at, key)):
                    for where, text in _patterns(inner, found):
                        pattern = yield from self.pattern(where, text, "normal")
                        captures += pattern.groups if pattern is not None else ()
        saved = {s.save for _, s in every if s.save}
        saved |= {call.save for _, s in every for call in (s.http, s.run) if call and call.save}
        known = self.base | set(captures) | saved
        for at, step in every:
            yield from self.step(at, step, known, captures)

    def step(self, path: Path, step: Step, known: frozenset[str], captures: list[str]) -> Iterator[Diagnostic]:
        for at, text in templates(path, step):
            if self.commented:
                yield from self.cut(at, text)
            if "{" not in text:
                continue
            template, problems = self.template(at, text)
            yield from problems
            if template is None:
                continue
            if "secrets" in template.names and step.http is None:
                offset = next(iter(template.name_offsets.get("secrets", ())), max(text.find("secrets"), 0))
                yield self.source.inside("E187", at, offset, len("secrets"))
            for name in sorted(template.names - known):
                offset = next(iter(template.name_offsets.get(name, ())), max(text.find(name), 0))
                yield self.source.inside("E117", at, offset, len(name), self.says(name, known, captures))
        for key in ("reply", "send", "ask"):
            msg = getattr(step, key)
            if msg and msg.template in self.named:
                for name in sorted(self.named[msg.template] - known):
                    yield self.source.diagnose("E117", (*path, key, "template"), self.says(name, known, captures))

    def template(self, path: Path, text: str) -> tuple[Template | None, tuple[Diagnostic, ...]]:
        try:
            return compile_template(text), ()
        except TemplateProblem as error:
            args = {
                **error.values,
                **nearest(error.values.get("written", ""), error.values.get("options", "").split(", ")),
            }
            return None, (self.source.inside(error.code, path, error.offset, error.length, args),)

    def says(self, name: str, known: frozenset[str], captures: list[str]) -> dict[str, str]:
        args = {"name": name, "known": ", ".join(sorted(known)), **nearest(name, known)}
        if captures:
            args["captures"] = ", ".join(dict.fromkeys(captures))
        return args

    def cut(self, path: Path, text: str) -> Iterator[Diagnostic]:
        """A blank and # after an unquoted text: the rest is a comment, and was it meant to be one?"""
        place = self.source.place(path)
        line = self.source.line(place.line)
        start = place.column - 1
        if not line.startswith(text, start) or "\n" in text:
            return
        rest = line[start + len(text) :]
        if rest.lstrip().startswith("#") and rest[:1].isspace():
            whole = line[start:].rstrip().replace("'", "''")
            at = len(text) + len(rest) - len(rest.lstrip())
            found = self.source.diagnose("W106", path, {"kept": text, "fixed": f"'{whole}'"})
            yield _moved(found, at, len(line.rstrip()) - start - at)

    def short_words(self, path: Path, rule: Rule) -> Iterator[Diagnostic]:
        """Under `loose` two characters meet by accident; a miss example with both of them proves they do not."""
        misses = [set(fold_key(text, "loose")) for text in (rule.examples and rule.examples.miss) or ()]
        short: list[str] = []
        for _, cond in conds(rule.when, (*path, "when")):
            for word in self.words(cond.contains or ()):
                if len(word) > _SHORTEST_CLEAR:
                    continue
                folded = fold_key(word, "loose")
                if len(folded) <= _LOOSE_SHORT and not any(set(folded) <= miss for miss in misses):
                    short.append(word)
        if short:
            shown = "、".join(dict.fromkeys(short[:8])) + (" …" if len(short) > 8 else "")
            yield self.source.diagnose("W204", (*path, "match"), {"words": shown}, part="key")

    def words(self, words: Iterable[str]) -> Iterator[str]:
        for word in words:
            if word.startswith("$") and not word.startswith("$$"):
                yield from self.file.lists.get(word[1:], ())
            else:
                yield word


def _moved(found: Diagnostic, by: int, width: int) -> Diagnostic:
    return replace(found, place=replace(found.place, column=found.place.column + by), width=max(1, width))


def _patterns(path: Path, cond: Cond) -> Iterator[tuple[Path, str]]:
    for index, text in enumerate(cond.regex or ()):
        yield (*path, "regex", index), text
    for key in ("person", "group", "member"):
        names: tuple[Name, ...] | None = getattr(cond, key)
        for index, name in enumerate(names or ()):
            if name.regex:
                yield (*path, key, index, "regex"), name.regex
