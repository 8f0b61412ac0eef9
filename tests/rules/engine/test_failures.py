"""Three failures in an hour switch a rule off: which steps count, and which do not."""

import pytest

from ruleswx.model import Notify
from ruleswx.rules.engine import Outcome, report_failure
from ruleswx.rules.trace import Reason
from tests.rules.bot import Bot, load, row, texts, why

FAILING = {
    "template": "{reply: '{{ msg.nope }}'}",
    "set": "{set: {数: '{{ text }}'}}",
    "send": "{send: 好, to: 没有}",
    "file": "{file: '../{{ text }}'}",
    "invite": "{invite: person, to: '*群'}",
    "forward": "{forward: message, to: 没有}",
    "in a choice": "{choose: [{do: {send: 好, to: 没有}}]}",
}
RULE = (
    "vars: {{数: {{type: number, per: bot}}}}\nreply: [{{rule: 一, when: {{sender: '@', contains: 价}}, do: [{step}]}}]"
)


def notices(bot: Bot) -> list[str]:
    assert bot.last is not None
    return [effect.text for effect in bot.last.effects if isinstance(effect, Notify)]


@pytest.mark.parametrize("step", FAILING.values(), ids=FAILING)
def test_three_failures_switch_a_rule_off_until_it_is_edited(step: str) -> None:
    rules = RULE.format(step=step)
    bot = Bot(rules)
    for _ in range(2):
        bot.say("价")
        bot.wait(minutes=19)
        assert row(bot.judge("价"), "一").outcome == "matched"
    bot.say("价")
    assert any("is off until it is edited" in text for text in notices(bot))
    assert "off after 3 failures" in why(bot.judge("价"), "一")
    bot.wait(hours=5)
    assert "off after 3 failures" in why(bot.judge("价"), "一")
    bot.ruleset = load(rules.replace("一", "一").replace("when:", "about: x, when:"))
    assert row(bot.judge("价"), "一").outcome == "matched"


def test_calls_that_fail_count() -> None:
    bot = Bot(
        "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {http: {get: 'https://a.example/', timeout: 5s}}}]"
    )
    for _ in range(3):
        bot.say("价")
        bot.outcome(reason="timeout")
    assert any("is off until it is edited" in text for text in notices(bot))


@pytest.mark.parametrize("handled", ["continue", "{log: x}", "[{log: x}]"])
def test_what_on_error_deals_with_does_not_count(handled: str) -> None:
    step = f"{{set: {{数: '{{{{ text }}}}'}}, on_error: {handled}}}"
    bot = Bot(RULE.format(step=step))
    for _ in range(5):
        bot.say("价")
        assert notices(bot) == []
    assert row(bot.judge("价"), "一").outcome == "matched"


def test_failures_far_apart_switch_nothing_off() -> None:
    bot = Bot(RULE.format(step=FAILING["set"]))
    for _ in range(6):
        bot.say("价")
        bot.wait(minutes=31)
    assert row(bot.judge("价"), "一").outcome == "matched"


def test_a_stop_or_an_edit_in_the_middle_is_not_the_rules_fault() -> None:
    rules = (
        "reply: [{rule: 一, when: {sender: '@', contains: 价}, do: [{http: {get: 'https://a.example/', timeout: 5s}}]}]"
    )
    bot = Bot(rules)
    for _ in range(4):
        bot.say("价")
        (kept,) = bot.waiting()
        bot.resume(kept, Outcome("failed", because=Reason("fail.forgotten")))
    assert row(bot.judge("价"), "一").outcome == "matched"


def test_a_schedule_is_switched_off_as_well() -> None:
    bot = Bot("schedule: [{rule: 早, every: 10m, do: {send: 好, to: 没有}}]")
    for _ in range(3):
        bot.tick("早")
        bot.wait(minutes=10)
    assert "off after 3 failures" in why(bot.tick("早").trace, "早")


def test_what_is_refused_later_counts_when_it_is_the_rules_fault() -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: 好}}]")
    for counts in (False, False, False, True, True, True):
        reason = Reason("step.failed", {"action": "image"}, (Reason("fail.outcome", {"why": "gone"}),))
        bot._keep(report_failure(bot.ruleset, "一", reason, bot.world, bot.now, counts=counts))
        if not counts:
            assert texts(bot.say("价")) == ["好"]
    assert "off after 3 failures" in why(bot.judge("价"), "一")
