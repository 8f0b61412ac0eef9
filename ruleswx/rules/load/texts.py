"""Patterns and templates of a file: do they compile, and does every name in a template come from somewhere?

It must not know how a pattern matches or a template renders, only what they complain about.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import replace

from ruleswx.diagnostics import Diagnostic, Place
from ruleswx.fold import fold_key
from ruleswx.rules.load.crossing import nearest
from ruleswx.rules.load.known import ALWAYS, NAMES, Known, caught, known_at, no_value, saved_by
from ruleswx.rules.load.walk import Path, conds, every_step, rules, templates, when_conds
from ruleswx.rules.patterns import Pattern, PatternError, compile_pattern, folded_away
from ruleswx.rules.schema import CheckedFile, Cond, Name, Options, Rule, Step, Timed
from ruleswx.templates import Template, TemplateProblem, compile_template

__all__ = ["check_texts", "template_findings", "template_names"]

_LOOSE_SHORT = 2
_SHORTEST_CLEAR = 6  # so many characters are not two even when signs among them are skipped
_SECRET = re.compile(r"""\bsecrets(?:\.(\w+)|\[\s*['"]([^'"]*)['"])""")
_ASKS_FIRST = re.compile(r"\b(?:default|defined|if|or)\b")
"""What a template says that is ready for a name without a value."""
_WORDS = frozenset({
    "equals", "contains", "contains_all", "starts", "ends", "title", "file_name", "person", "group", "member",
})  # fmt: skip
_GLUED = re.compile(r"\s+#[^\s#!]")
_PASSED_ON = frozenset({"message", "recalled"})


def check_texts(
    file: CheckedFile, shared: Iterable[str], named: dict[str, frozenset[str]], secrets: frozenset[str] = frozenset()
) -> Iterator[Diagnostic]:
    """Every finding of this file's patterns and templates.

    `shared` are the variables of all files; `named` collects the names that each named template needs, filled by
    `template_names` before; `secrets` are those the configuration has.
    """
    yield from _Texts(file, frozenset(shared), named, secrets).check()


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
    def __init__(
        self,
        file: CheckedFile,
        shared: frozenset[str],
        named: dict[str, frozenset[str]],
        secrets: frozenset[str],
    ) -> None:
        self.file = file
        self.source = file.source
        self.base = NAMES | shared
        self.shared = shared
        self.named = named
        self.secrets = secrets
        self.commented = any(" #" in line for line in self.source.lines)

    def check(self) -> Iterator[Diagnostic]:
        for name, text in (self.file.model.templates or {}).items():
            path: Path = ("templates", name)
            yield from self.cut(path, text)
            _, problems = self.template(path, text)
            yield from problems
        for name, made in (self.file.model.lists or {}).items() if self.commented else ():
            for index, entry in enumerate(made.entries or ()):
                yield from self.cut(("lists", name, index), entry, word=True)
        for name in NAMES & set(self.file.model.vars or ()):
            yield self.source.diagnose("E188", ("vars", name), {"name": name}, part="key")
        for _, path, rule in rules(self.file.model):
            yield from self.rule(path, rule)
        for index, timed in enumerate(self.file.model.schedule or ()):
            yield from self.steps(("schedule", index), timed, Known())

    def rule(self, path: Path, rule: Rule) -> Iterator[Diagnostic]:
        defaults = self.file.model.defaults
        mode = rule.match or (defaults.match if defaults else None) or "normal"
        for at, cond in when_conds(path, rule):
            yield from self.patterns(at, cond, mode)
            if self.commented:
                yield from self.cut_words(at, cond)
        yield from self.steps(path, rule, caught(rule.when))
        if mode == "loose":
            yield from self.short_words(path, rule)

    def patterns(self, path: Path, cond: Cond, mode: str) -> Iterator[Diagnostic]:
        for where, text in _patterns(path, cond):
            pattern = yield from self.pattern(where, text, mode)
            for name in NAMES.intersection(pattern.groups if pattern is not None else ()):
                yield self.source.inside("E188", where, text.find(f"<{name}>") + 1, len(name), {"name": name})

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

    def steps(self, path: Path, rule: Rule | Timed, known: Known) -> Iterator[Diagnostic]:
        names = _Names(self, path, rule, known)
        for at, step, there in known_at(rule.do, (*path, "do"), known):
            for key, cond in (("if", step.if_), ("expect", step.expect)):
                for inner, found in conds(cond, (*at, key)):
                    yield from self.patterns(inner, found, "normal")
            for number, choice in enumerate(step.choose or ()):
                for inner, found in conds(choice.when, (*at, "choose", number, "when")):
                    yield from self.patterns(inner, found, "normal")
            yield from self.saved(at, step)
            if step.forward and step.forward not in _PASSED_ON | there.asked:
                options = ", ".join(("message", "recalled", *sorted(there.asked)))
                args = {"name": step.forward, "options": options, **nearest(step.forward, there.asked | _PASSED_ON)}
                yield self.source.diagnose("E190", (*at, "forward"), args)
            yield from self.step(at, step, names, there)

    def saved(self, path: Path, step: Step) -> Iterator[Diagnostic]:
        """A name of ours would be hidden by what is saved under it."""
        name = saved_by(step)
        if name in NAMES or (step.save and name in _PASSED_ON):
            at = ("save",) if step.save else ("http", "save") if step.http else ("run", "save")
            yield self.source.diagnose("E188", (*path, *at), {"name": name})

    def step(self, path: Path, step: Step, names: _Names, known: Known) -> Iterator[Diagnostic]:
        for at, text in templates(path, step):
            if self.commented:
                yield from self.cut(at, text)
            if "{" not in text:
                continue
            template, problems = self.template(at, text)
            yield from problems
            if template is None:
                continue
            yield from self.secret(at, text, template, step)
            for name, finding in names.wrong(template.names, known, text):
                offset = next(iter(template.name_offsets.get(name, ())), max(text.find(name), 0))
                yield self.source.inside(finding[0], at, offset, len(name), finding[1])
        for key in ("reply", "send", "ask"):
            msg = getattr(step, key)
            if msg and msg.template in self.named:
                text = self.file.templates.get(msg.template, "")
                for _, finding in names.wrong(self.named[msg.template], known, text):
                    yield self.source.diagnose(finding[0], (*path, key, "template"), finding[1])

    def secret(self, path: Path, text: str, template: Template, step: Step) -> Iterator[Diagnostic]:
        if "secrets" not in template.names:
            return
        if step.http is None:
            offset = next(iter(template.name_offsets.get("secrets", ())), max(text.find("secrets"), 0))
            yield self.source.inside("E187", path, offset, len("secrets"))
            return
        for found in _SECRET.finditer(text):
            name = found[1] or found[2]
            if name not in self.secrets:
                options = {"options": ", ".join(sorted(self.secrets))} if self.secrets else {}
                args = {"name": name, **options, **nearest(name, self.secrets)}
                yield self.source.inside("E189", path, found.start(), found.end() - found.start(), args)

    def template(self, path: Path, text: str) -> tuple[Template | None, tuple[Diagnostic, ...]]:
        try:
            return compile_template(text), ()
        except TemplateProblem as error:
            args = {
                **error.values,
                **nearest(error.values.get("written", ""), error.values.get("options", "").split(", ")),
            }
            return None, (self.source.inside(error.code, path, error.offset, error.length, args),)

    def cut_words(self, path: Path, cond: Cond) -> Iterator[Diagnostic]:
        """The words and names of a condition, which a # may have cut."""
        for key in _WORDS & cond.model_fields_set:
            for index, word in enumerate(getattr(cond, key) or ()):
                text = word.text if isinstance(word, Name) else word
                if text:
                    yield from self.cut((*path, key, index), text, word=True)

    def cut(self, path: Path, text: str, *, word: bool = False) -> Iterator[Diagnostic]:
        """A blank and # after an unquoted text: the rest is a comment, and was it meant to be one?

        Beside a word of a condition comments are common; only one glued to its # looks like a word.
        """
        place = self.source.place(path)
        line = self.source.line(place.line)
        start = place.column - 1
        if not line.startswith(text, start) or "\n" in text:
            return
        rest = line[start + len(text) :]
        if word and not _GLUED.match(rest):
            return
        if rest.lstrip().startswith("#") and rest[:1].isspace():
            whole = line[start:].rstrip().replace("'", "''")
            at = len(text) + len(rest) - len(rest.lstrip())
            found = self.source.diagnose(
                "W106", path, {"kept": text, "fixed": f"'{whole}'", **({"word": ""} if word else {})}
            )
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


class _Names:
    """The names of one rule: which are wrong in a template, and why."""

    def __init__(self, texts: _Texts, path: Path, rule: Rule | Timed, caught_before: Known) -> None:
        self.texts = texts
        self.path = path
        self.rule = rule
        self.captures = sorted(caught_before.maybe)
        self._empty: Mapping[str, str] | None = None

    @property
    def empty(self) -> Mapping[str, str]:
        """Names of ours that hold nothing here; worked out for the first template."""
        if self._empty is None:
            found = no_value(self.rule, self.texts.file.model.defaults)
            self._empty = {name: why for name, why in found.items() if name not in self.texts.shared}
        return self._empty

    def wrong(self, names: frozenset[str], known: Known, text: str) -> Iterator[tuple[str, tuple[str, dict[str, str]]]]:
        """Each name that is wrong here, with code and values of its finding."""
        ready = None
        given = known.sure if isinstance(self.rule, Timed) else known.sure | ALWAYS
        for name in sorted(names - given):
            if name not in self.texts.base | known.maybe:
                yield name, ("E117", self.unknown(name, known))
            elif name in self.texts.shared or (name in NAMES and name not in self.empty):
                continue
            elif not (ready := bool(_ASKS_FIRST.search(text)) if ready is None else ready):
                if name in known.maybe:
                    yield name, ("W208", {"name": name})
                else:
                    yield name, ("E117", {"name": name, "missing": self.empty[name], "known": self.shown(known)})

    def unknown(self, name: str, known: Known) -> dict[str, str]:
        args = {"name": name, "known": self.shown(known)}
        for at, step in every_step(self.path, self.rule):
            if saved_by(step) == name:
                return {**args, "line": str(self.texts.source.place(at).line)}
        args |= nearest(name, (self.texts.base - set(self.empty)) | known.maybe)
        return args | ({"captures": ", ".join(self.captures)} if self.captures else {})

    def shown(self, known: Known) -> str:
        return ", ".join(sorted((self.texts.base - {"secrets", *self.empty}) | known.maybe))


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
