"""Steps that end a decision and go on later: wait, ask, http, run. What they wait for comes back as an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal

from ruleswx.model import CallHttp, Json, RunCommand
from ruleswx.rules.actions.run import Run
from ruleswx.rules.actions.sending import Msg, Reply
from ruleswx.rules.actions.step import Path, Pause, Step, StepFailed, Steps
from ruleswx.rules.actions.texts import Text
from ruleswx.rules.conditions import Condition
from ruleswx.rules.trace import Reason
from ruleswx.wording import show_span

__all__ = ["Ask", "Http", "Program", "Wait"]

_GRACE = timedelta(minutes=10)
"""Beyond its own time limit, a call may have to wait for its turn; only a lost outcome ends here."""
_LARGEST = 65536


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """`wait`: so long, or a random while between two lengths."""

    action: ClassVar[str] = "wait"
    low: timedelta
    high: timedelta

    def act(self, run: Run) -> Pause | None:
        """Throw the dice and wait."""
        length = timedelta(seconds=run.rng.uniform(self.low.total_seconds(), self.high.total_seconds()))
        run.note(self.action, Reason("step.wait", {"length": show_span(length)}))
        return Pause("wait", run.now + length)


@dataclass(frozen=True, slots=True)
class Ask(Step):
    """`ask`: a question, and what becomes of the answer, of silence, of a refusal."""

    action: ClassVar[str] = "ask"
    msg: Msg
    timeout: timedelta
    save: str = ""
    expect: tuple[Condition, ...] = ()
    retry: int | None = None
    on_timeout: Steps = ()
    on_cancel: Steps = ()

    def act(self, run: Run) -> Pause | None:
        """Say the question and open the dialogue."""
        if run.timed or not run.message.sender.key:
            raise StepFailed(Reason("fail.nobody", {"what": self.action}))
        Reply(self.msg).act(run)
        run.note(self.action, Reason("step.ask"))
        return Pause("dialogue", run.now + self.timeout, {"left": -1 if self.retry is None else self.retry})

    def block(self, keys: Path) -> tuple[Steps, int] | None:
        """What follows silence or a refusal."""
        if keys[:1] == ("on_timeout",):
            return self.on_timeout, 1
        if keys[:1] == ("on_cancel",):
            return self.on_cancel, 1
        return super(Ask, self).block(keys)


@dataclass(frozen=True, slots=True)
class Http(Step):
    """`http`: one request; what chat says is percent-encoded in the address and plain data in the body."""

    action: ClassVar[str] = "http"
    method: Literal["GET", "POST"]
    url: Text
    timeout: timedelta
    save: str = ""
    headers: tuple[tuple[str, Text], ...] = ()
    body: Any = None
    secrets: frozenset[str] = field(default_factory=frozenset)

    def act(self, run: Run) -> Pause | None:
        """Render the request; secrets are marks that only the caller can fill in."""
        mark = f"{run.rng.getrandbits(128):032x}"
        run.secrets = {name: f"{mark}{name}{mark}" for name in self.secrets}
        try:
            url = self.url.render(run.names, run.rng, escaped=True)
            headers = {key: _one_line(run.say(text)) for key, text in self.headers}
            body = _filled(self.body, run)
        finally:
            run.secrets = {}
        seconds = self.timeout.total_seconds()
        effect = CallHttp(self.method, url, headers, body, seconds, mark, run.rule.name, run.token())
        run.emit(effect, self.action, url=url.replace(mark, "*"), method=self.method)
        return Pause("outcome", run.now + self.timeout + _GRACE)

    def arrive(self, run: Run, value: Json) -> None:
        """Keep the answer under its name."""
        _keep(run, self.save, value)


def _one_line(text: str) -> str:
    return " ".join(text.split("\n")).replace("\r", "").replace("\0", "")


def _filled(node: Any, run: Run) -> Json:
    """The JSON body with its templates rendered; `{{ }}` stands in texts only."""
    if isinstance(node, Text):
        return run.say(node)
    if isinstance(node, Mapping):
        return {str(key): _filled(value, run) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [_filled(item, run) for item in node]
    return node  # type: ignore[no-any-return]


def _keep(run: Run, name: str, value: Json) -> None:
    if len(str(value)) > _LARGEST:
        raise StepFailed(Reason("fail.too_large", {"name": name or "?"}))
    if name:
        run.values[name] = value


@dataclass(frozen=True, slots=True)
class Program(Step):
    """`run`: a program of the host; values arrive as whole arguments, never through a shell."""

    action: ClassVar[str] = "run"
    command: tuple[Text, ...]
    timeout: timedelta
    save: str = ""

    def act(self, run: Run) -> Pause | None:
        """Render the arguments and ask for it."""
        command = tuple(run.say(word).replace("\0", "") for word in self.command)
        effect = RunCommand(command, self.timeout.total_seconds(), run.rule.name, run.token())
        run.emit(effect, self.action, command=" ".join(command))
        return Pause("outcome", run.now + self.timeout + _GRACE)

    def arrive(self, run: Run, value: Json) -> None:
        """Keep its output under its name."""
        _keep(run, self.save, value)
