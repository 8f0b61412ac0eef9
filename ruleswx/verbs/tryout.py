"""How `try` shows what the bot does: answers as a friend would see them, everything else in brackets, reasons dim.

It must not know how anything was decided.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ruleswx.diagnostics import Lang
from ruleswx.log import escape
from ruleswx.rules.trace import Done, Reason, RuleTrace, Trace, say
from ruleswx.verbs.rehearsal import Play

__all__ = ["Teller", "words_of"]

_DIM = "\x1b[2m{}\x1b[0m"
_WORDS: Mapping[Lang, Mapping[str, str]] = {
    "zh": {
        "somebody": "某人", "me": "小助手", "to": "{me} → {to}：", "here": "{me}：", "admins": "管理员",
        "welcome": "说的话当作私聊；/in 群名 进群，/help 看其他命令。什么都不会真的发出去。",
        "silent": "（不回答：{why}）", "none": "没有规则命中，/why 看每条规则怎么说", "dry": "{rule} 只试不做：{why}",
        "image": "图片", "file": "文件", "video": "视频", "emoticon": "表情", "forward": "转发", "log": "日志",
        "notify": "通知", "recall": "撤回上一条", "invite": "邀请进群", "kick": "移出群", "accept": "通过好友申请",
        "remark": "改备注", "rename_group": "群改名", "http": "网络请求", "run": "运行程序",
        "errand": "只显示，不执行；/done 结果（JSON 或文字）接着走，/fail 原因 当作失败",
        "acted": "命中，没有要说的", "unknown": "没有 /{name} 这个命令，/help 看有哪些", "who": "现在说话的是 {name}",
        "clock": "写 /clock +5m、/clock 22:00 或 /clock 2026-03-02 10:00", "back": "时间只能往前走",
        "kinds": "没有“{value}”这种消息。可以写：{known}", "events": "没有“{value}”这种事件。可以写：{known}",
        "nothing": "还没有发生什么", "failed": "失败", "no_errand": "没有在等结果的网络请求或程序",
        "overran": "（这段时间里到点的太多，只放了前面一些）",
        "help": """
直接输入      现在这个人在现在这个聊天里说这句话（以 / 开头的话写成 //）
/as 名字      换一个人说；phone 是自己在手机上发的，bot 是机器人自己发的
/in 群名      进一个群；单写 /in 回到私聊
/clock +5m    时间往前走；也可以写 22:00 或 2026-03-02 10:00；单写看现在几点
/type 种类    发别的种类，后面可以跟文字或文件名：/type image、/type file 报价.pdf
/event 事件   发生一件事：/event member_join
/done 结果    刚才的 http 或 run 得到这个结果；/fail 原因  它失败了
/why          上一条消息每条规则怎么说
/quit         结束
""",
    },
    "en": {
        "somebody": "somebody", "me": "小助手", "to": "{me} → {to}: ", "here": "{me}: ", "admins": "admins",
        "welcome": "What you type is said in private; /in GROUP enters a group, /help tells the rest. Nothing is sent.",
        "silent": "(no answer: {why})", "none": "no rule matched; /why tells what each rule says",
        "dry": "{rule} would act (dry): {why}",
        "image": "image", "file": "file", "video": "video", "emoticon": "emoticon", "forward": "forwards",
        "log": "log", "notify": "notifies", "recall": "takes back the last one", "invite": "invites into the group",
        "kick": "removes", "accept": "accepts the friend request", "remark": "sets the 备注",
        "rename_group": "renames the group", "http": "web request", "run": "program",
        "errand": "shown, not done; /done RESULT (JSON or text) goes on, /fail WHY lets it fail",
        "acted": "matched, nothing to say", "unknown": "there is no /{name}; /help lists what there is",
        "who": "{name} speaks", "clock": "write /clock +5m, /clock 22:00 or /clock 2026-03-02 10:00",
        "back": "time only goes on", "kinds": "no kind of message is called {value}. Known: {known}",
        "events": "no event is called {value}. Known: {known}", "nothing": "nothing happened yet", "failed": "failed",
        "no_errand": "no web request or program waits for its outcome",
        "overran": "(too much was due in that time; only the first of it happened)",
        "help": """
plain text    this person says it in this chat (write // for a text that begins with /)
/as NAME      somebody else speaks; phone is the owner on the phone, bot the bot itself
/in GROUP     enter a group; /in alone: back to private
/clock +5m    time goes on; also 22:00 or 2026-03-02 10:00; alone: what time it is
/type KIND    something other than text, with its words or file name: /type image, /type file offer.pdf
/event KIND   something happens: /event member_join
/done RESULT  the last http or run gave this; /fail WHY  it failed
/why          what each rule said to the last message
/quit         end
""",
    },
}  # fmt: skip
_TALK = frozenset({"reply", "send", "ask"})
_QUIET = frozenset({"done", "step.pending", "step.done", "step.ask"})


def words_of(lang: Lang) -> Mapping[str, str]:
    """The words of the session."""
    return _WORDS[lang]


@dataclass(frozen=True, slots=True)
class Teller:
    """Turns decisions into lines. `me` is what the bot is called."""

    me: str
    lang: Lang
    colour: bool = False

    def dim(self, text: str) -> str:
        """For what is no part of the conversation."""
        plain = not self.colour or bool(os.environ.get("NO_COLOR"))
        return text if plain or not text else _DIM.format(text)

    def harmless(self, text: str) -> str:
        """One line no terminal obeys."""
        return escape(text)

    def lines(self, play: Play, here: str, *, quiet: bool = False, dated: bool = False) -> Iterator[str]:
        """What one decision shows in the chat `here`. `quiet`: nobody asked, so silence needs no reason; `dated`: the
        clock passed it."""
        trace = play.decision.trace
        if dated and (trace.effects or _steps(trace)):
            yield self.dim(f"[{play.at:%m-%d %H:%M:%S}]")
        for done in trace.effects:
            yield from self._effect(done, here)
        for row, because in _steps(trace):
            yield self.dim(f"  · {escape(say(because, self.lang))} ({row.rule})")
        for row in trace.rules:
            if row.outcome == "dry":
                would = [say(step.because, self.lang) for step in row.steps] or [say(row.because, self.lang)]
                yield self.dim("  " + self._word("dry").format(rule=row.rule, why=escape("; ".join(would))))
        shown = trace.effects or _steps(trace) or any(row.outcome == "dry" for row in trace.rules)
        if not quiet and not shown:
            yield self.dim(self._word("silent").format(why=escape(self._silence(trace))))

    def _word(self, key: str) -> str:
        return _WORDS[self.lang][key]

    def _effect(self, done: Done, here: str) -> Iterator[str]:
        """A line of the chat, or in brackets what is none. A text keeps its line breaks, indented."""
        rule = self.dim(f"  ({done.rule})") if done.rule else ""
        texts = [escape(part) for part in _what(done).split("\n")]
        if done.kind not in _TALK:
            texts = [f"[{' '.join((self._word(done.kind), *(part for part in texts if part)))}]"]
        to = self._word("admins") if done.to == "admins" else escape(done.to)
        away = bool(to) and done.to != here and done.kind not in {"http", "run", "log"}
        lead = self._word("to" if away else "here").format(me=escape(self.me), to=to)
        yield f"{lead}{texts[0]}" + (rule if len(texts) == 1 else "")
        for number, text in enumerate(texts[1:], 2):
            yield f"    {text}" + (rule if number == len(texts) else "")
        if done.kind in {"http", "run"}:
            yield self.dim(f"  {self._word('errand')}")

    def _silence(self, trace: Trace) -> str:
        """Why nothing can be seen."""
        if trace.gate is not None:
            return say(trace.gate, self.lang)
        for outcome in ("cooldown", "exempt"):
            for row in trace.rules:
                if row.outcome == outcome:
                    return f"{row.rule}: {say(row.because, self.lang)}"
        acted = [row.rule for row in trace.rules if row.outcome == "matched"]
        return f"{', '.join(acted)}: {self._word('acted')}" if acted else self._word("none")


def _what(done: Done) -> str:
    """What the effect carries, in the author's order."""
    return " ".join(value for value in done.what.values() if value)


def _steps(trace: Trace) -> list[tuple[RuleTrace, Reason]]:
    """Steps worth a line: counted, waiting, failed."""
    return [
        (row, step.because)
        for row in trace.rules
        if row.outcome == "matched"
        for step in row.steps
        if not step.ok or step.because.code not in _QUIET
    ]
