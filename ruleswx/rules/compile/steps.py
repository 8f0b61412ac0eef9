"""From the steps an author wrote to steps that act."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from ruleswx.fold import Mode
from ruleswx.rules.actions import (
    Accept,
    Add,
    Ask,
    Branch,
    BringIn,
    Choose,
    Http,
    Log,
    Media,
    Msg,
    Notice,
    OnError,
    Pardon,
    PassOn,
    Program,
    Put,
    PutOut,
    Remark,
    RenameTo,
    Reply,
    Say,
    Step,
    Steps,
    Strike,
    TakeBack,
    Targets,
    Text,
    Wait,
)
from ruleswx.rules.compile.conds import CondBuilder
from ruleswx.rules.conditions import VarDef
from ruleswx.rules.schema import Msg as WrittenMsg
from ruleswx.rules.schema import Name
from ruleswx.rules.schema import Step as WrittenStep
from ruleswx.rules.shape import Span
from ruleswx.rules.source import Source

__all__ = ["StepBuilder"]

_THIRTY_DAYS = timedelta(days=30)


class StepBuilder:
    """Builds the steps of one file's rules."""

    def __init__(
        self,
        conds: CondBuilder,
        templates: Mapping[str, str],
        variables: Mapping[str, VarDef],
        secrets: frozenset[str],
        source: Source,
    ) -> None:
        self._conds = conds
        self._templates = templates
        self._variables = variables
        self._secrets = secrets
        self._source = source

    def steps(self, written: Iterable[WrittenStep] | None, mode: Mode) -> Steps:
        """A list of steps, and all inside them."""
        return tuple(self._step(step, mode) for step in written or ())

    def _step(self, step: WrittenStep, mode: Mode) -> Step:
        common: dict[str, Any] = {}
        if step.if_ is not None:
            common["when"] = self._conds.inner(step.if_, mode)
        if step.on_error is not None:
            common["on_error"] = OnError(step.on_error.go_on, self.steps(step.on_error.steps, mode))
        make: Callable[[WrittenStep, Mode, dict[str, Any]], Step] = getattr(self, f"_{step.action}", self._plain)
        return make(step, mode, common)

    def _plain(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        """The steps whose value is one text, or nothing but their name."""
        value = getattr(step, step.action)
        match step.action:
            case "image" | "file" | "video" | "emoticon" as kind:
                return Media(kind, Text(value), self._to(step.to) if step.to else None, **common)
            case "recall":
                return TakeBack(**common)
            case "kick":
                return PutOut(**common)
            case "accept":
                return Accept(**common)
            case "remark":
                return Remark(Text(value), **common)
            case "rename_group":
                return RenameTo(Text(value), **common)
            case "notify":
                return Notice(Text(value), **common)
            case "log":
                return Log(Text(value), **common)
            case "pardon":
                return Pardon(value, **common)
        raise AssertionError(step.action)

    def _reply(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        return Reply(self._msg(step.reply), step.at is not None, **common)

    def _send(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        return Say(self._msg(step.send), self._to(step.to), **common)

    def _forward(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        prefix = Text(step.prefix) if step.prefix else None
        return PassOn(step.forward or "message", self._to(step.to), prefix, **common)

    def _invite(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        return BringIn(self._to(step.to), **common)

    def _strike(self, step: WrittenStep, mode: Mode, common: dict[str, Any]) -> Step:
        rungs = sorted((int(count), self.steps(steps, mode)) for count, steps in (step.ladder or {}).items())
        return Strike(step.strike or "", step.expires or _THIRTY_DAYS, tuple(rungs), **common)

    def _set(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        given = (step.set_ or {}).items()
        return Put(tuple((self._variables[name], Text(value)) for name, value in given), **common)

    def _add(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        return Add(tuple((self._variables[name], more) for name, more in (step.add or {}).items()), **common)

    def _ask(self, step: WrittenStep, mode: Mode, common: dict[str, Any]) -> Step:
        return Ask(
            self._msg(step.ask),
            step.timeout or timedelta(minutes=10),
            step.save or "",
            self._conds.inner(step.expect, mode, answer=True),
            step.retry,
            self.steps(step.on_timeout, mode),
            self.steps(step.on_cancel, mode),
            **common,
        )

    def _http(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        call = step.http
        if call is None:
            raise AssertionError("http")
        headers = tuple((name, Text(value)) for name, value in (call.headers or {}).items())
        url = Text(call.get or call.post or "")
        return Http(
            "GET" if call.get else "POST",
            url,
            call.timeout,
            call.save or "",
            headers,
            _templated(self._source.typed(call.json_)),
            self._secrets,
            **common,
        )

    def _run(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        program = step.run
        if program is None:
            raise AssertionError("run")
        return Program(tuple(map(Text, program.command)), program.timeout, program.save or "", **common)

    def _wait(self, step: WrittenStep, _mode: Mode, common: dict[str, Any]) -> Step:
        span = step.wait or Span(timedelta(), timedelta())
        return Wait(span.low, span.high, **common)

    def _choose(self, step: WrittenStep, mode: Mode, common: dict[str, Any]) -> Step:
        branches = tuple(
            Branch(None if c.when is None else self._conds.inner(c.when, mode), self.steps(c.do, mode))
            for c in step.choose or ()
        )
        return Choose(branches, **common)

    def _msg(self, msg: WrittenMsg | None) -> Msg:
        if msg is None:
            raise AssertionError("a message")
        if msg.random:
            return Msg(tuple(map(Text, msg.random)), "random")
        if msg.each:
            return Msg(tuple(map(Text, msg.each)), "each")
        return Msg((Text(self._templates[msg.template] if msg.template else msg.text or ""),))

    def _to(self, given: tuple[Name, ...] | None) -> Targets:
        """Plain names, and one test for all that may hit several."""
        plain: list[str] = []
        wide: list[Name] = []
        broad: list[str] = []
        for name in given or ():
            texts = [] if name.regex else self._conds.spelled(name.text or "")
            plain += [text for text in texts if "*" not in text]
            broad += [text for text in texts if "*" in text]
            wide += [name] if name.regex else []
        wide += [Name.model_validate({"=": text}) for text in broad]
        test = self._conds.names(wide) if wide else None
        return Targets(tuple(dict.fromkeys(plain)), test, tuple(broad))


def _templated(node: Any) -> Any:
    """A JSON body with its texts made templates."""
    if isinstance(node, str):
        return Text(node)
    if isinstance(node, Mapping):
        return {str(key): _templated(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return tuple(_templated(item) for item in node)
    return node
