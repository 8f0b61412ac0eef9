"""flood, repeat, strikes, var."""

from tests.rules.bot import Bot, row, texts, told, why


def test_flood_counts_one_speaker_in_one_chat_within_the_window() -> None:
    bot = Bot("""
        guard: [{rule: 刷屏, exempt: none, when: {group: all, flood: {messages: 3, within: 10s}},
                 do: {reply: '{{ flood.messages }} 条'}, cooldown: 1m per member}]
    """)
    assert texts(bot.say("一", group="产品群")) == []
    assert why(bot.judge("x", group="产品群"), "刷屏") == "2 of 3 messages in 10 s"
    assert texts(bot.say("二", group="产品群")) == []
    assert texts(bot.say("别人", "老王", "产品群")) == []
    assert texts(bot.say("别处", group="值班群")) == []
    assert texts(bot.say("三", group="产品群")) == ["3 条"]
    bot.wait(seconds=61)
    assert texts(bot.say("四", group="产品群")) == []


def test_repeat_counts_the_same_text_folded() -> None:
    bot = Bot("guard: [{rule: 复读, when: {group: all, repeat: {same: 3, within: 1m}}, do: {reply: 别刷}}]")
    said = ["ABC", "别的", "abc", "ＡＢＣ"]
    assert [texts(bot.say(text, group="产品群")) for text in said] == [[], [], [], ["别刷"]]
    bot.wait(minutes=2)
    assert texts(bot.say("ABC", group="产品群")) == []


def test_history_is_only_kept_when_a_rule_asks() -> None:
    bot = Bot("reply: [{rule: 一, when: {group: all, contains: 价}, do: {log: 好}}]")
    assert bot.say("价", group="产品群").changes == ()


def test_strikes_as_a_condition() -> None:
    bot = Bot("""
        reply:
          - {rule: 犯, when: {group: all, contains: 广告}, do: {strike: 广告, expires: 1h}, then: continue}
          - {rule: 惯犯, when: {group: all, contains: 广告, strikes: {of: 广告, min: 2}}, do: {reply: 又来}}
    """)
    assert texts(bot.say("广告", group="产品群")) == []
    assert why(bot.last.trace, "惯犯") == "strikes 广告 = 1, wanted ≥ 2"  # type: ignore[union-attr]
    assert texts(bot.say("广告", group="产品群")) == ["又来"]
    bot.wait(hours=2)
    assert texts(bot.say("广告", group="产品群")) == []


def test_variables_as_conditions() -> None:
    bot = Bot("""
        vars:
          开关: {type: flag, per: bot, start: no}
          次数: {type: number, per: person, start: 0}
          颜色: {type: text, per: chat, start: 红}
        reply:
          - {rule: 开, when: {sender: '@', equals: 开}, do: {set: {开关: 'yes', 颜色: 绿}}}
          - rule: 数
            when: {sender: '@', equals: 数, var: {次数: {max: 1}}}
            do: [{add: {次数: 1}}, {reply: '{{ 次数 }}'}]
          - {rule: 完, when: {sender: '@', equals: 数}, do: {reply: 完}}
          - {rule: 问, when: {sender: '@', equals: 问, var: {开关: 'yes', 颜色: 绿}}, do: {reply: 开着}}
    """)
    assert why(bot.judge("问"), "问") == "开关 is no, not yes"
    assert texts(bot.say("问")) == []
    bot.say("开")
    assert texts(bot.say("问")) == ["开着"]
    assert texts(bot.say("问", "老王")) == [], "the colour is one per chat"
    assert [texts(bot.say("数")) for _ in range(3)] == [["1"], ["2"], ["完"]]
    assert texts(bot.say("数", "老王")) == ["1"]
    assert row(bot.judge("数"), "数").outcome == "missed"
    assert told(bot.say("没有")) == []
