"""Rule files as texts in a dict, read and checked as `load_rules` would."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load.collect import Gathered, gather
from ruleswx.rules.schema import Options

OPTIONS = Options(ZoneInfo("Asia/Shanghai"))


def load(files: dict[str, str | bytes], *paths: str, options: Options = OPTIONS) -> Gathered:
    """Gather from a dict; the paths default to every yaml of it."""

    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        data = files[path]
        return data.encode() if isinstance(data, str) else data

    return gather(paths or [p for p in files if p.endswith(".yaml")], read, options)


def found(files: dict[str, str | bytes] | str, *paths: str) -> list[tuple[str, str]]:
    """(code, place) of every finding, in reading order."""
    made = load({"a.yaml": files} if isinstance(files, str) else files, *paths)
    return [(f.code, str(f.place)) for f in sorted(made.findings, key=lambda f: f.place)]


def only(text: str) -> Diagnostic:
    """The one finding of a file."""
    (finding,) = load({"a.yaml": text}).findings
    return finding
