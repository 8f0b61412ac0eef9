"""Every file a load needs: rule files, the files they `use`, the lists and where each came from.

Reading goes through a function, so that the same load runs over a folder, an editor's buffers or a test's dict. It
must not know what a rule means.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ruleswx.diagnostics import Diagnostic, Place
from ruleswx.rules.load.walk import Path
from ruleswx.rules.schema import ListDef, RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import Source, read_yaml

__all__ = ["MAX_LIST_BYTES", "TEST_ENDINGS", "Library", "Origin", "Read", "Typed", "read_files", "relative"]

Read = Callable[[str], bytes]
MAX_LIST_BYTES = 16 << 20
_OWN = ("guard", "reply", "watch", "schedule", "vars")
"""What a file brings only when the configuration names it."""
TEST_ENDINGS = (".test.yaml", ".test.yml")
"""How the names of files with nothing but tests end."""
_WHY = {
    errno.ENOENT: "@missing",
    errno.ENOTDIR: "@missing",
    errno.EACCES: "@forbidden",
    errno.EPERM: "@forbidden",
    errno.EISDIR: "@a_folder",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """One file that was read: its source, its model unless its shape is wrong, and what is wrong with it so far."""

    path: str
    source: Source
    model: RuleFile | None
    data: bytes = field(default=b"", repr=False)
    findings: tuple[Diagnostic, ...] = ()

    @property
    def is_test(self) -> bool:
        """Only a test file: its `use` names the rules under test."""
        return self.path.endswith(TEST_ENDINGS)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a name was given, for "exists already" and "nobody uses it"."""

    file: Typed
    path: Path


@dataclass(slots=True)
class Library:
    """All files of a load with what they share: rule files in order, then files only used for lists and templates."""

    files: list[Typed] = field(default_factory=list)
    used: list[Typed] = field(default_factory=list)
    lists: dict[str, tuple[str, ...]] = field(default_factory=dict)
    list_origins: dict[str, Origin] = field(default_factory=dict)
    templates: dict[str, str] = field(default_factory=dict)
    template_origins: dict[str, Origin] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    known: Mapping[str, Typed] = field(default_factory=dict)
    read: dict[str, None] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        """Whether every file has its shape, so that a missing name is really missing."""
        return all(f.model is not None and not f.source.holes for f in (*self.files, *self.used))


def relative(base: str, path: str) -> str:
    """A path as written in the file `base`, from where `base` itself is found."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(base.replace("\\", "/")), path))


def read_files(paths: Sequence[str], read: Read, known: Mapping[str, Typed] | None = None) -> Library:
    """Read the rule files and everything they name. Never raises: what cannot be read is a finding.

    A file whose bytes are those of its entry in `known` is taken from there.
    """
    library = Library(known=known or {})
    for path in dict.fromkeys(paths):
        if (typed := _read_rules(library, path, read, Place(path))) is not None:
            library.files.append(typed)
    seen = {posixpath.normpath(p) for p in paths}
    for typed in (*library.files,):
        _follow(library, typed, read, seen)
    for typed in (*library.files, *library.used):
        _share(library, typed, read)
    _expand(library)
    return library


def _bytes(library: Library, path: str, read: Read, found: Callable[[Mapping[str, str]], Diagnostic]) -> bytes | None:
    library.read[path] = None
    try:
        return read(path)
    except (OSError, ValueError, KeyError) as error:
        number = getattr(error, "errno", None)
        why = _WHY.get(number or 0) or getattr(error, "strerror", None) or "@missing"
        library.findings.append(found({"file": path, "why": why}))
        return None


def _read_rules(library: Library, path: str, read: Read, place: Place | Diagnostic) -> Typed | None:
    def missing(args: Mapping[str, str]) -> Diagnostic:
        if isinstance(place, Place):
            return Diagnostic("E136", place, args)
        return Diagnostic("E136", place.place, args, place.source, place.width)

    data = _bytes(library, path, read, missing)
    if data is None:
        return None
    typed = library.known.get(path)
    if typed is None or typed.data != data:
        source = read_yaml(path, data)
        model, findings = check_shape(RuleFile, source)
        typed = Typed(path, source, model, data, findings)
    library.findings += typed.findings
    return typed


def _follow(library: Library, typed: Typed, read: Read, seen: set[str]) -> None:
    """Files named in `use`, and those they use; each once, in any order, cycles included."""
    if typed.model is None or typed.is_test:
        return
    for index, written in enumerate(typed.model.use or ()):
        path = relative(typed.path, written)
        if path in seen:
            continue
        seen.add(path)
        used = _read_rules(library, path, read, typed.source.diagnose("E136", ("use", index)))
        if used is not None:
            left_out = [key for key in _OWN if used.model is not None and getattr(used.model, key)]
            if left_out:
                args = {"file": path, "keys": ", ".join(left_out)}
                library.findings.append(typed.source.diagnose("W212", ("use", index), args))
            library.used.append(used)
            _follow(library, used, read, seen)


def _share(library: Library, typed: Typed, read: Read) -> None:
    """Put this file's lists and templates where all files find them; each name once."""
    if typed.model is None:
        return
    for name, made in (typed.model.lists or {}).items():
        origin = Origin(typed, ("lists", name))
        if _new(library, library.list_origins, name, "@a_list", origin):
            library.lists[name] = _entries(library, typed, name, made, read)
    for name, text in (typed.model.templates or {}).items():
        origin = Origin(typed, ("templates", name))
        if _new(library, library.template_origins, name, "@a_template", origin):
            library.templates[name] = text


def _new(library: Library, origins: dict[str, Origin], name: str, what: str, origin: Origin) -> bool:
    first = origins.setdefault(name, origin)
    if first is origin:
        return True
    where = str(first.file.source.place(first.path, "key"))
    args = {"what": what, "name": name, "where": where}
    library.findings.append(origin.file.source.diagnose("E120", origin.path, args, part="key"))
    return False


def _entries(library: Library, typed: Typed, name: str, made: ListDef, read: Read) -> tuple[str, ...]:
    if made.file is None:
        return made.entries or ()
    path = relative(typed.path, made.file)
    at: Path = ("lists", name, "file")
    data = _bytes(library, path, read, lambda args: typed.source.diagnose("E136", at, args))
    if data is None:
        return ()
    if len(data) > MAX_LIST_BYTES:
        library.findings.append(Diagnostic("E160", Place(path), {"limit": f"{MAX_LIST_BYTES >> 20} MiB"}))
        return ()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        library.findings.append(Diagnostic("E148", Place(path, line, 1), {}))
        return ()
    lines = (line.strip() for line in text.splitlines())
    # Entries of a file are literal to the last sign; `$` is doubled because a leading one means a list elsewhere.
    return tuple("$" + line if line.startswith("$") else line for line in lines if line and not line.startswith("#"))


def _expand(library: Library) -> None:
    """Lists of lists become lists of words; `$$` becomes `$`. A name that is missing stays for the checker."""
    done: dict[str, tuple[str, ...]] = {}
    for name in library.lists:
        _expanded(library.lists, name, (), done)
    library.lists = done


def _expanded(
    lists: Mapping[str, tuple[str, ...]], name: str, above: tuple[str, ...], done: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    """The words of one list. A function of its own: one that held itself would keep a whole load alive."""
    if name in done:
        return done[name]
    words: list[str] = []
    for entry in lists[name]:
        if entry.startswith("$$"):
            words.append(entry[1:])
        elif entry.startswith("$") and entry[1:] in lists and entry[1:] not in (*above, name):
            words += _expanded(lists, entry[1:], (*above, name), done)
        elif not entry.startswith("$"):
            words.append(entry)
    done[name] = tuple(dict.fromkeys(words))
    return done[name]
