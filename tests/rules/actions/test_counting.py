"""strike with its ladder and expiry, pardon, set, add."""

from datetime import timedelta

from ruleswx.model import Notify
from tests.rules.bot import Bot, one, texts, told

LADDER = """
    guard:
      - rule: 广告
        when: {group: all, contains: 广告}
        do:
          strike: 广告
          expires: 30d
          ladder: {1: {reply: 一}, 3: {reply: '三 {{ strikes }}'}}
      - {rule: 赦, exempt: none, when: {group: all, equals: 赦}, do: {pardon: 广告}}
"""


def test_ladder_steps_the_nearest_lower_and_the_top_again() -> None:
    bot = Bot(LADDER)
    assert [texts(bot.say("广告", group="产品群")) for _ in range(5)] == [["一"], ["一"], ["三 3"], ["三 4"], ["三 5"]]


def test_strikes_are_a_members_own_and_expire_one_by_one() -> None:
    bot = Bot(LADDER)
    bot.say("广告", group="产品群")
    bot.now += timedelta(days=29)
    bot.say("广告", group="产品群")
    assert texts(bot.say("广告", "路人", "产品群")) == ["一"]
    assert texts(bot.say("广告", group="值班群")) == ["一"]
    bot.now += timedelta(days=2)
    bot.say("广告", group="产品群")
    assert texts(bot.say("广告", group="产品群")) == ["三 3"]
    bot.now += timedelta(days=40)
    bot.say("广告", group="产品群")
    assert bot.last is not None
    steps = bot.last.trace.rules[0].steps
    assert steps[0].because.args == {"counter": "广告", "count": "1", "age": "40d", "expires": "30d"}


def test_per_person_counts_everywhere() -> None:
    bot = Bot(LADDER.replace("expires: 30d", "per: person"))
    bot.say("广告", group="产品群")
    bot.say("广告", group="产品群")
    assert texts(bot.say("广告", group="值班群")) == ["三 3"]


def test_pardon() -> None:
    bot = Bot(LADDER)
    bot.say("广告", group="产品群")
    bot.say("广告", group="产品群")
    bot.say("赦", group="产品群")
    assert texts(bot.say("广告", group="产品群")) == ["一"]


VARS = """
    vars:
      名单: {type: list, per: bot, start: [甲]}
      余额: {type: number, per: person, start: 1.5}
      开关: {type: flag, per: chat, start: no, expires: 1h}
    reply:
      - rule: 记
        when: {sender: '@', regex: '^记(?P<谁>.+)'}
        do: [{set: {名单: '{{ 名单 | join(",") }},{{ 谁 }}'}}, {reply: '{{ 名单 | join("、") }}'}]
      - {rule: 加, when: {sender: '@', equals: 加}, do: [{add: {余额: 2}}, {reply: '{{ 余额 }}'}]}
      - {rule: 改, when: {sender: '@', regex: '^改(?P<值>.*)'}, do: [{set: {余额: '{{ 值 }}'}}, {reply: '{{ 余额 }}'}]}
      - {rule: 开, when: {sender: '@', equals: 开}, do: {set: {开关: 是}}}
      - {rule: 关, when: {sender: '@', equals: 关}, do: {set: {开关: 也许}}}
      - {rule: 问, when: {sender: '@', equals: 问, var: {开关: 'yes'}}, do: {reply: 开着}}
"""


def test_values_keep_their_types() -> None:
    bot = Bot(VARS)
    assert texts(bot.say("记乙")) == ["甲、乙"]
    assert texts(bot.say("记丙", "老王")) == ["甲、乙、丙"]
    assert texts(bot.say("加")) == ["3.5"]
    assert texts(bot.say("改10")) == ["10"]
    assert texts(bot.say("加")) == ["12"]
    assert texts(bot.say("加", "老王")) == ["3.5"]


def test_what_does_not_fit_its_type_is_a_failure() -> None:
    for wrong in ("改十", "改nan", "改inf", "改1e30"):
        decision = Bot(VARS).say(wrong)
        assert "is no number" in one(decision, Notify).text, wrong
    assert "is yes or no" in one(Bot(VARS).say("关"), Notify).text


def test_variables_expire() -> None:
    bot = Bot(VARS)
    bot.say("开")
    assert texts(bot.say("问")) == ["开着"]
    bot.now += timedelta(minutes=61)
    assert told(bot.say("问")) == []
