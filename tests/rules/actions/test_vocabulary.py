"""The names templates may use."""

from dataclasses import replace

import pytest

from ruleswx.model import CallHttp, Chat, Person
from ruleswx.rules.engine import decide
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


DEBTOR = Person("p", nick="阿青", remark="欠款客户", alias="qing", card="")
EVERY = "{{ person }}|{{ member }}|{{ at }}|{{ owner }}|{{ group }}"
OF_EVENT = {"": "", "member_join": "{{ joined | join }}|{{ inviter }}", "member_leave": "{{ left | join }}"}


def shown(step: str, *, group: str = "产品群", **more: object) -> str:
    """What goes out, whatever it is, when somebody with a 备注 speaks in a group or in private."""
    where = f"event: {more['event']}, group: all" if "event" in more else "sender: '@'"
    where = "group: all, contains: 价" if group and "event" not in more else where
    bot = Bot(f"reply: [{{rule: 一, when: {{{where}}}, cooldown: 1h per rule, do: {step}}}]")
    if group:
        more["chat"] = Chat("g", "group", ("我的备注群", "真名群"), owner_key="p", title="真名群")
    else:
        more["chat"] = Chat("p", "person", DEBTOR.names, title=DEBTOR.nick)
    message = bot.world.message("小李", "价", bot.now, group=group, **{k: v for k, v in more.items() if k == "event"})
    message = replace(message, **{"sender": DEBTOR, **more})
    decision = decide(bot.ruleset, message, bot.world, now=bot.now, rng=bot.rng)
    assert decision.effects
    return "".join(str(getattr(e, "text", getattr(e, "prefix", ""))) for e in decision.effects)


@pytest.mark.parametrize("event", ["", "member_join", "member_leave"])
@pytest.mark.parametrize("card", ["", "小青"])
def test_a_remark_is_never_shown_in_a_group(card: str, event: str) -> None:
    who = replace(DEBTOR, card=card)
    more = {"sender": who, **({"event": event, "people": (who,)} if event else {})}
    said = shown(f"{{reply: '{EVERY}|{OF_EVENT[event]}', at: sender}}", **more)
    assert "欠款客户" not in said
    assert "我的备注群" not in said
    assert said.count(card or "阿青") == 5 + OF_EVENT[event].count("{{")


def test_what_goes_from_a_private_chat_to_a_group_shows_no_remark_either() -> None:
    assert shown("{send: '{{ person }} {{ at }}', to: 值班群}", group="") == "阿青 @阿青\u2005"
    assert shown("{forward: message, to: 值班群, prefix: '{{ person }}：'}", group="") == "阿青：价"


def test_admins_and_private_chats_read_the_remark() -> None:
    assert shown("{notify: '{{ member }} {{ person }} {{ group }}'}") == "欠款客户 欠款客户 我的备注群"
    assert shown("{send: '{{ member }}', to: [admins, 小李, 值班群]}") == "欠款客户阿青欠款客户"
    assert shown("{reply: '{{ person }}'}", group="") == "欠款客户"
    assert shown("{log: '{{ person }}'}") == "欠款客户"


def test_a_mention_is_the_name_the_group_sees() -> None:
    assert shown("{reply: 好, at: sender}") == "@阿青\u2005好"
    assert shown("{reply: '{{ at }}好'}") == "@阿青\u2005好"
    assert shown("{notify: '{{ at }}'}") == "@阿青\u2005"


def test_rules_still_find_people_by_their_remark() -> None:
    bot = Bot("reply: [{rule: 一, when: {group: all, member: 欠款*, contains: 价}, do: {reply: '{{ member }}'}}]")
    message = replace(bot.world.message("小李", "价", bot.now, group="产品群"), sender=DEBTOR)
    assert texts(decide(bot.ruleset, message, bot.world, now=bot.now, rng=bot.rng)) == ["阿青"]
