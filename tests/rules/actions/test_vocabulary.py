"""The names templates may use."""

import pytest

from ruleswx.model import CallHttp, Person
from tests.rules.bot import Bot, one, texts


@pytest.mark.parametrize(
    ("template", "private", "group"),
    [
        ("{{ text }}", "价格", "价格"),
        ("{{ person }}", "小李", "小李"),
        ("{{ member }}", "小李", "小李"),
        ("[{{ group }}]", "[]", "[产品群]"),
        ("{{ owner }}!", "!", "小助手!"),
        ("{{ me }}", "小助手", "小助手"),
        ("{{ now }}", "2026-03-02 10:00", "2026-03-02 10:00"),
        ("{{ now | date('%H点') }}", "10点", "10点"),
        ("{{ today }} {{ weekday }}", "2026-03-02 周一", "2026-03-02 周一"),
        ("{{ at }}|", "@小李\u2005|", "@小李\u2005|"),
        ("{{ msg.MsgType }} {{ msg.id }}", "text m1", "text m1"),
    ],
)
def test_names(template: str, private: str, group: str) -> None:
    when = "{contains: 价, any: [{sender: '@'}, {group: all}]}"
    rules = f'reply: [{{rule: 一, when: {when}, do: {{reply: "{template}"}}}}]'
    assert texts(Bot(rules).say("价格")) == [private]
    assert texts(Bot(rules).say("价格", group="产品群")) == [group]


def test_strikes_are_those_of_the_counter_the_rule_speaks_of() -> None:
    when = "{group: all, contains: 价, strikes: {of: 广告, max: 9}}"
    steps = "[{reply: '{{ strikes }}'}, {strike: 广告}, {reply: '{{ strikes }}'}]"
    assert texts(Bot(f"reply: [{{rule: 一, when: {when}, do: {steps}}}]").say("价格", group="产品群")) == ["0", "1"]


def test_a_name_of_the_chat_is_never_a_template() -> None:
    bot = Bot("reply: [{rule: 一, when: {sender: '@', contains: 价}, do: {reply: '{{ text }} {{ person }}'}}]")
    bot.world.people["{{ 1/0 }}"] = "friend"
    assert texts(bot.say("价 {{ secrets.KEY }} {% for %}", "{{ 1/0 }}")) == ["价 {{ secrets.KEY }} {% for %} {{ 1/0 }}"]


def test_who_joined_and_who_asked_them() -> None:
    bot = Bot(
        "reply: [{rule: 一, when: {group: 产品群, event: member_join},"
        " do: {reply: '{{ inviter }} 请来 {{ joined | join(\"、\") }}'}}]"
    )
    people = (Person("a", "甲"), Person("b", "乙", card="乙乙"))
    assert texts(bot.say("", "老王", "产品群", kind="system", event="member_join", people=people)) == [
        "老王 请来 甲、乙乙"
    ]


def test_filters_of_an_address_see_what_was_said() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {sender: '@', contains: 查}
            do:
              http:
                timeout: 5s
                get: >-
                  https://a.example/{{ text | replace('查 ', '') | cut(3) }}/{% if '&' in text %}a&b{% endif
                  %}?n={{ 1 + 1 }}&t={{ text ~ '/' }}
    """)
    assert one(bot.say("查 a&b"), CallHttp).url == "https://a.example/a%26b/a&b?n=2&t=%E6%9F%A5%20a%26b%2F"


def test_a_body_keeps_the_types_of_what_is_not_quoted() -> None:
    bot = Bot("""
        reply:
          - rule: 一
            when: {sender: '@', contains: 问}
            do:
              http:
                post: https://a.example/
                timeout: 5s
                json: {max_tokens: 300, stream: false, stop: null,seed: '300', t: 0.5, n: '{{ text }}', l: [1, '1', no]}
    """)
    assert one(bot.say("问"), CallHttp).body == {
        "max_tokens": 300, "stream": False, "stop": None, "seed": "300", "t": 0.5, "n": "问", "l": [1, "1", "no"],
    }  # fmt: skip


def test_addresses_get_encoded_values_and_secrets_stay_marks() -> None:
    bot = Bot("""
        reply: [{rule: 一, when: {sender: '@', regex: '查(?P<词>.+)'}, do: {http: {
          post: 'https://a.example/{{ 词 }}?q={{ text }}', timeout: 5s,
          headers: {Authorization: 'Bearer {{ secrets.KEY }}'}, json: {词: '{{ 词 }}', n: [1, '{{ secrets.KEY }}']}}}}]
    """)
    call = one(bot.say("查a/b&c #"), CallHttp)
    assert call.url == "https://a.example/a%2Fb%26c%20%23?q=%E6%9F%A5a%2Fb%26c%20%23"
    assert call.headers == {"Authorization": f"Bearer {call.mark}KEY{call.mark}"}
    assert call.body == {"词": "a/b&c #", "n": [1, f"{call.mark}KEY{call.mark}"]}
    assert (call.method, call.timeout, len(call.mark)) == ("POST", 5.0, 32)
