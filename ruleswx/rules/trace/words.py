"""The words of every reason, in Chinese and English: one table for explain, why, tests and the page.

`because` in tests is compared with the English words. This module must not know who gives which reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ruleswx.diagnostics import Lang
from ruleswx.rules.trace.verdict import Reason
from ruleswx.wording import reason_words, span_words, system_words, word

__all__ = ["WORDS", "say"]

_SLOT = re.compile(r"\{(\w+)\}")
_SPANS = frozenset({"age", "expires", "left", "length", "limit", "within"})

WORDS: Mapping[str, tuple[str, str]] = {
    # the gate
    "gate.own": ("机器人自己发的", "own message"),
    "gate.echo": ("机器人刚发过的话的回声", "own message (echo of what was just sent)"),
    "gate.phone": (
        "自己在手机上发的，没有规则写 self: also",
        "own message, typed on the phone; no rule has self",
    ),
    "gate.official": ("公众号，没有规则写 sender: official", "official account (no rule has sender: official)"),
    "gate.stale": ("已过了 {age}，只处理 {limit}以内的", "stale: {age} old, only {limit} are answered"),
    "gate.paused": ("这个聊天暂停中，还有 {left}", "paused chat: {left} left"),
    # where
    "sender.@": ("只听一对一聊天（sender '@'）", "wants sender '@'"),
    "sender.@@": ("只听群聊（sender '@@'）", "wants sender '@@'"),
    "sender.official": ("只听公众号", "wants sender official"),
    "sender.is": ("sender {sender}", "sender {sender}"),
    "sender.is_official": ("公众号，规则没写 sender: official", "an official account, and the rule does not say so"),
    "person.no": ("对方是 {name}，不是 {wanted}", "person {name} is none of {wanted}"),
    "person.yes": ("对方符合 {wanted}（{name}）", "person {name} is {wanted}"),
    "group.no": ("群是 {name}，不是 {wanted}", "group {name} is none of {wanted}"),
    "group.yes": ("群符合 {wanted}（{name}）", "group {name} is {wanted}"),
    "group.all": ("所有群", "any group"),
    "group.none": ("不在群里", "not in a group"),
    "member.no": ("说话的是 {name}，不是 {wanted}", "member {name} is none of {wanted}"),
    "member.yes": ("说话的人符合 {wanted}（{name}）", "member {name} is {wanted}"),
    "role.no": ("{name} 不是 {wanted}", "{name} is no {wanted}"),
    "role.yes": ("{name} 是 {wanted}", "{name} is {wanted}"),
    "muted.no": ("这个聊天没有免打扰", "the chat is not muted"),
    "muted.yes": ("这个聊天是免打扰", "the chat is muted"),
    "self.theirs": ("不是自己在手机上发的", "not typed on the phone"),
    "self.own": ("自己在手机上发的，规则没写 self: also", "own message, typed on the phone"),
    "self.ok": ("说话的人可以", "speaker fits"),
    # what
    "kind.no": ("种类是 {kind}，不是 {wanted}", "kind {kind} is not {wanted}"),
    "kind.yes": ("种类 {kind}", "kind {kind}"),
    "kind.spoken": ("是系统消息，不是谁说的话", "a system line, nobody said it"),
    "event.none": ("没有发生事件", "no event"),
    "event.no": ("事件是 {event}，不是 {wanted}", "event {event} is not {wanted}"),
    "event.yes": ("事件 {event}", "event {event}"),
    "mention.me_no": ("没有 @ 机器人", "does not mention the bot"),
    "mention.all_no": ("没有 @ 所有人", "does not mention all"),
    "mention.anyone_no": ("没有 @ 谁", "mentions nobody"),
    "mention.none_no": ("@ 了人", "mentions somebody"),
    "mention.yes": ("@ 符合 {wanted}", "mention {wanted}"),
    "equals.no": ("equals：“{text}”不是 {words}", "equals: {text} is none of {words}"),
    "equals.list": ("equals：“{text}”不在 {words} 里", "equals: {text} is not in {words}"),
    "equals.yes": ("整句是 {word}", "equals {word}"),
    "contains.no": ("没有关键词", "no keyword"),
    "contains.list": ("没有 {list}（{count}）里的词", "no word of {list} ({count})"),
    "contains.yes": ("包含 {word}", "contains {word}"),
    "contains.in_list": ("包含 {list} 里的 {word}", "contains {word} of {list}"),
    "contains_all.no": ("没有 {word}", "no {word}"),
    "contains_all.yes": ("{words} 都有", "has all of {words}"),
    "starts.no": ("不以 {words} 开头", "does not start with {words}"),
    "starts.yes": ("以 {word} 开头", "starts with {word}"),
    "ends.no": ("不以 {words} 结尾", "does not end with {words}"),
    "ends.yes": ("以 {word} 结尾", "ends with {word}"),
    "regex.no": ("正则 {pattern} 没找到", "regex {pattern} not found"),
    "regex.many": ("{count} 个正则都没找到", "none of {count} regexes found"),
    "regex.yes": ("正则 {pattern} 找到 {found}", "regex {pattern} found {found}"),
    "length.no": ("{length} 个字，要 {wanted}", "length {length}, wanted {wanted}"),
    "length.yes": ("{length} 个字", "length {length}"),
    "has.url_no": ("没有网址", "no url"),
    "has.phone_no": ("没有手机号", "no phone"),
    "has.number_no": ("没有数字", "no number"),
    "has.mention_no": ("没有 @ 谁", "no mention"),
    "has.no": ("没有 {wanted}", "no {wanted}"),
    "has.yes": ("有 {what}：{found}", "has {what}: {found}"),
    "title.no": ("标题“{text}”里没有 {words}", "title {text} has none of {words}"),
    "title.yes": ("标题里有 {word}", "title has {word}"),
    "file_name.no": ("文件名“{text}”里没有 {words}", "file name {text} has none of {words}"),
    "file_name.yes": ("文件名里有 {word}", "file name has {word}"),
    # when
    "hours.no": ("现在 {now}，不在 {wanted}", "it is {now}, not {wanted}"),
    "hours.yes": ("现在 {now}", "it is {now}"),
    "days.no": ("今天是 {now}，不是 {wanted}", "today is {now}, not {wanted}"),
    "days.yes": ("今天是 {now}", "today is {now}"),
    "dates.no": ("今天 {now} 不在 {wanted}", "today, {now}, is not in {wanted}"),
    "dates.yes": ("今天 {now}", "today is {now}"),
    "valid.no": ("只在 {wanted} 有效", "valid only {wanted}"),
    # history
    "flood.no": ("{within}内第 {count} 条，要 {wanted} 条", "{count} of {wanted} messages in {within}"),
    "flood.yes": ("{within}内 {count} 条", "{count} messages in {within}"),
    "repeat.no": ("{within}内同样的话 {count} 遍，要 {wanted} 遍", "{count} of {wanted} times in {within}"),
    "repeat.yes": ("{within}内同样的话 {count} 遍", "the same {count} times in {within}"),
    "strikes.no": ("{name} 记了 {count} 次，要 {wanted}", "strikes {name} = {count}, wanted {wanted}"),
    "strikes.yes": ("{name} 记了 {count} 次", "strikes {name} = {count}"),
    "var.no": ("{name} 是 {value}，不是 {wanted}", "{name} is {value}, not {wanted}"),
    "var.yes": ("{name} 是 {value}", "{name} is {value}"),
    "chance.no": ("这次没轮到（{wanted}）", "the dice said no ({wanted})"),
    "chance.yes": ("这次轮到了（{wanted}）", "the dice said yes ({wanted})"),
    # the rule as a whole
    "due": ("到点了（{at}）", "due at {at}"),
    "done_already": ("这一次已经做过了", "this occurrence was dealt with already"),
    "all.yes": ("每一行都成立", "every line holds"),
    "unless": ("unless：{why}", "unless: {why}"),
    "off": ("关掉了（mode: off）", "mode: off"),
    "broken": (
        "一小时内出错 3 次，已停用，改过规则才恢复",
        "off after 3 failures in an hour, until it is edited",
    ),
    "ended": ("{rule} 已经命中，后面的不看了", "{rule} matched first"),
    "stopped": ("{rule} 说了 then: stop", "{rule} said stop"),
    "exempt": ("不管 {name}（exempt）", "exempt: {name} is left alone"),
    "exempt.admin": ("不管 {name}：是管理员", "exempt: {name} is an admin"),
    "cooldown": (
        "命中了，但安静：cooldown {length}（按{per}），还有 {left}（上次 {at}，{by}）",
        "matched, silent: cooldown {length} per {per}, {left} left (last fired {at} for {by})",
    ),
    "again.ignore": (
        "命中了，但不理：上一次的步骤还没做完（again: ignore）",
        "matched, ignored: the steps of the last time are not over yet (again: ignore)",
    ),
    "dry": ("命中了，但只试不做（mode: dry）：{why}", "would match (mode: dry): {why}"),
    "echo": ("是这条规则自己刚说的话", "this rule just said that itself"),
    "raised": ("规则出错：{error}", "the rule failed: {error}"),
    # the dialogue
    "dialogue.answer": ("是“{rule}”的回答", "answers the dialogue of {rule}"),
    "dialogue.wrong": ("不是“{rule}”要的回答（{why}）", "not an answer {rule} expects ({why})"),
    "dialogue.cancel": ("取消了“{rule}”", "cancels the dialogue of {rule}"),
    "dialogue.open": ("“{rule}”的对话还没完", "the dialogue of {rule} is still open"),
    "dialogue.restart": ("“{rule}”从头再来", "the dialogue begins anew with {rule}"),
    # steps
    "done": ("完成", "done"),
    "step.if": ("if 不成立：{why}", "if: {why}"),
    "step.strike": ("{counter} 记 {count} 次", "strike {counter} = {count}"),
    "step.strike_expired": (
        "{counter} 记 {count} 次：之前的过期了（expires: {expires}，是 {age}前的）",
        "strike {counter} = {count}: the earlier one expired (expires: {expires}, it was {age} ago)",
    ),
    "step.pardon": ("{counter} 清零", "{counter} pardoned"),
    "step.set": ("{name} = {value}", "{name} = {value}"),
    "step.would": ("会做：{what}", "would: {what}"),
    "step.wait": ("等 {length}", "waits {length}"),
    "step.ask": ("问了，等回答", "asked, waits for the answer"),
    "step.waited": ("等完了", "waited"),
    "step.timeout": ("没等到回答", "nobody answered in time"),
    "step.retries": ("答错次数用完了", "too many wrong answers"),
    "step.restart": (
        "上一次没做完的步骤不做了，从头来（again: restart）",
        "what was left of the last time is dropped, the steps begin anew (again: restart)",
    ),
    "step.pending": ("等 {action} 的结果", "waits for the outcome of {action}"),
    "step.done": ("{action} 完成", "{action} done"),
    "step.branch": ("走第 {number} 支", "branch {number}"),
    "step.no_branch": ("没有一支成立", "no branch holds"),
    "step.failed": ("{action} 失败：{why}", "{action} failed: {why}"),
    "step.gone": ("规则改过了，接不下去", "the rule was changed meanwhile; it cannot go on"),
    "fail.unknown_chat": ("没有叫“{name}”的聊天", "no chat is called {name}"),
    "fail.ambiguous": ("有 {count} 个聊天都叫“{name}”", "{count} chats are called {name}"),
    "fail.several": (
        "“{name}”对上了 {count} 个聊天，这里要恰好一个",
        "{name} fits {count} chats, and exactly one is wanted here",
    ),
    "fail.nobody": ("没有对象：{what}", "nobody to {what}"),
    "fail.path": ("路径“{path}”不在 files 文件夹里", "{path} leads out of the files folder"),
    "fail.group": ("“{name}”不是群", "{name} is no group"),
    "fail.E184": ("模板里的 {name} 这次没有值", "template name {name} had no value this time"),
    "fail.E185": ("模板太长或太费事", "the template costs too much"),
    "fail.E186": ("模板里的值不是该有的种类（{kind}）", "a value in the template is of the wrong kind ({kind})"),
    "fail.empty": ("内容是空的", "nothing left to send"),
    "fail.not_saved": ("没有存下“{name}”", "nothing was saved as {name}"),
    "fail.original": ("被撤回的那条没有留下", "what was taken back is not kept"),
    "fail.not_number": ("{name} 不是数字：{value}", "{name} is no number: {value}"),
    "fail.not_flag": ("{name} 要 yes 或 no，不是“{value}”", "{name} is yes or no, not {value}"),
    "fail.too_large": ("“{name}”的内容太大", "what came for {name} is too large"),
    "fail.world": ("这个世界里 {action} 会失败", "{action} fails in this world"),
    "fail.no_answer": ("这个世界里没有 {url} 的回答", "this world has no answer for {url}"),
    "fail.not_owner": (
        "“{group}”的群主是 {owner}，只有群主能踢人",
        "only its owner, {owner}, can remove members of {group}",
    ),
    "fail.lost": ("一直没有结果", "no outcome ever came"),
    "fail.outcome": ("{why}", "{why}"),
    "fail.forgotten": ("机器人停过，不知道有没有结果", "the bot was stopped meanwhile; nobody knows what came of it"),
    "fail.dropped": ("有人在 outbox 里把它去掉了", "somebody dropped it from the outbox"),
    "fail.unwanted": ("已经没有规则在等它了", "no rule waits for it any more"),
    "fail.call_time": ("{host} 在 {seconds} 秒内没有回答", "{host} did not answer within {seconds} s"),
    "fail.call_connect": ("连不上 {host}：{why}", "cannot connect to {host}: {why}"),
    "fail.call_lost": ("和 {host} 的连接断了", "the connection to {host} was lost"),
    "fail.call_refused": (
        "{host} 不是公网地址，http 一步不访问内网",
        "{host} is no public address; http steps do not reach into private networks",
    ),
    "fail.call_request": (
        "给 {host} 的请求发不出去：网址或请求头不合规",
        "the address or a header for {host} cannot be sent",
    ),
    "fail.call_status": ("{host} 回答 HTTP {status}{says}", "{host} answered HTTP {status}{says}"),
    "fail.call_moved": (
        "{host} 要转到 {to}（HTTP {status}），不跟过去；把规则里的网址改成新的",
        "{host} redirects to {to} (HTTP {status}), which is not followed; name the new address in the rule",
    ),
    "fail.call_large": ("{host} 的回答超过 {limit} KiB", "the answer of {host} is larger than {limit} KiB"),
    "fail.call_answer": ("{host} 的回答读不懂", "the answer of {host} cannot be read"),
    "fail.call_secret": ("配置里没有叫 {name} 的密钥了", "the configuration has no secret called {name} any more"),
    "fail.run_unknown": ("配置没有允许运行 {command}", "the configuration does not allow {command} to run"),
    "fail.run_start": ("{command} 启动不了：{why}", "{command} cannot be started: {why}"),
    "fail.run_time": (
        "{command} 在 {seconds} 秒内没有结束，已中止",
        "{command} did not end within {seconds} s and was stopped",
    ),
    "fail.run_large": ("{command} 的输出超过 {limit} KiB", "the output of {command} is larger than {limit} KiB"),
    "fail.run_code": ("{command} 以 {code} 结束{says}", "{command} ended with {code}{says}"),
    "fail.too_long": ("步骤太多", "too many steps"),
    "breaker": ("和 {name} 来回太快，这个聊天安静 {length}", "ping-pong with {name}: silent here for {length}"),
}


def say(reason: Reason, lang: Lang) -> str:
    """The reason as a sentence. A code without words is shown as it is, never hidden."""
    if reason.code == "any":
        return ("、" if lang == "zh" else ", ").join(dict.fromkeys(say(part, lang) for part in reason.parts))
    pair = WORDS.get(reason.code)
    if pair is None:
        return " ".join((reason.code, *reason.args.values()))
    args = dict(reason.args)
    if reason.parts:
        args["why"] = say(reason.parts[0], lang)
    if lang == "zh":
        args |= {name: span_words(args[name], lang) for name in _SPANS & args.keys()}
        args |= {"why": system_words(args["why"], lang)} if "why" in args else {}
        args |= {"per": word("per", args["per"], lang)} if "per" in args else {}
    if reason.code == "fail.outcome":
        args["why"] = reason_words(args["why"], lang)
    return _SLOT.sub(lambda slot: args.get(slot[1], slot[0]), pair[0 if lang == "zh" else 1])
