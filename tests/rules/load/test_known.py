"""Names in templates: which are there at a step, which never, which only sometimes."""

import pytest

from ruleswx.rules.schema import Options
from tests.rules.load.helpers import OPTIONS, found, load, only

HTTP = "{http: {get: 'https://a.example/', timeout: 3s, save: r}}"


def rule(do: str, when: str = "sender: '@', contains: x", more: str = "") -> str:
    return f"reply:\n  - rule: a\n    when: {{{when}}}\n{more}    do: {do}\n"


def timed(do: str) -> str:
    return f"schedule:\n  - rule: a\n    at: '08:30'\n    do: {do}\n"


@pytest.mark.parametrize(
    "text",
    [
        rule("{reply: '{{ person }} {{ me }} {{ at }} {{ text }}'}"),
        rule("{reply: '{{ group }} {{ member }} {{ owner }}'}", "group: g, contains: x"),
        rule("{reply: '{{ group }}'}", "contains: x, any: [{sender: '@'}, {group: g}]"),
        rule("{reply: '{{ group or person }}'}"),
        rule("{reply: '{% if group %}{{ group }}{% endif %}'}"),
        rule("{reply: '{{ flood.messages }}'}", "group: g, flood: {messages: 6, within: 10s}"),
        rule("{reply: '{{ repeat.same }}'}", "group: g, any: [{repeat: {same: 3, within: 1m}}, {contains: x}]"),
        rule("[{strike: 广告}, {reply: '{{ strikes }}'}]", "group: g, contains: x"),
        rule("{reply: '{{ joined }} {{ inviter }}'}", "group: g, event: [member_join, pat]"),
        rule("{reply: '{{ left }}'}", "group: g, event: member_leave"),
        rule(f"[{HTTP}, {{reply: '{{{{ r.x }}}}'}}]"),
        rule("[{ask: q, save: n, timeout: 1m, on_error: continue}, {reply: \"{{ n | default('') }}\"}]"),
        rule("[{ask: q, timeout: 1m, expect: {regex: '(?P<n>a)'}}, {reply: '{{ n }}'}]"),
        rule("{reply: '{{ n }}'}", "sender: '@', regex: '^(?<n>a)$'"),
        rule("[{ask: q, save: m, timeout: 1m}, {forward: m, to: p}, {forward: message, to: p}]"),
        rule("{reply: '{{ n }}', if: {regex: '(?P<n>a)'}}"),
        rule("{reply: '{{ n }}'}", "sender: '@', regex: ['a(?P<n>b)', 'c(?P<n>d)']"),
        rule("{reply: '{{ n }}'}", "sender: '@', any: [{regex: 'a(?P<n>b)'}, {regex: 'c(?P<n>d)'}]"),
        rule(f"[{{choose: [{{when: {{has: url}}, do: {HTTP}}}, {{do: {HTTP}}}]}}, {{reply: '{{{{ r }}}}'}}]"),
        "vars: {group_name: {type: text, per: bot}}\n" + timed("{send: '{{ group_name }} {{ today }}', to: p}"),
        timed(f"[{HTTP}, {{send: '{{{{ r }}}}', to: p}}]"),
    ],
)
def test_fine(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        *(
            (timed(f"{{send: '{{{{ {name} }}}}', to: p}}"), name)
            for name in ("person", "text", "member", "group", "at")
        ),
        *((rule(f"{{reply: '{{{{ {name} }}}}'}}"), name) for name in ("group", "member", "owner", "flood", "joined")),
        (rule("{reply: '{{ group }}'}", "event: friend_request"), "group"),
        (rule("{reply: '{{ group }}'}", "any: [{sender: '@', contains: x}, {sender: official, contains: x}]"), "group"),
        (rule("{reply: '{{ strikes }}'}", "group: g, contains: x"), "strikes"),
        (rule("{reply: '{{ joined }}'}", "group: g, event: member_leave"), "joined"),
        (rule(f"[{{reply: '{{{{ r.x }}}}'}}, {HTTP}]"), "r"),
        (rule("{ask: q, save: n, timeout: 1m, on_timeout: {reply: '{{ n }}'}}"), "n"),
        (rule("{http: {get: 'https://a.example/', timeout: 3s, save: r}, on_error: {reply: '{{ r }}'}}"), "r"),
        (rule(f"{{choose: [{{when: {{has: url}}, do: {HTTP}}}, {{do: {{reply: '{{{{ r }}}}'}}}}]}}"), "r"),
        (rule("{choose: [{when: {regex: '(?P<n>a)'}, do: {reply: '{{ n }}'}}]}"), "n"),
        (rule("{reply: '{{ n }}'}", "group: g, contains: x, member: {regex: '(?P<n>a)'}"), "n"),
    ],
)
def test_a_name_that_is_never_there(text: str, name: str) -> None:
    finding = only(text)
    assert (finding.code, finding.args["name"]) == ("E117", name)


@pytest.mark.parametrize(
    "text",
    [
        rule("{reply: '{{ n }}'}", "sender: '@', any: [{regex: '(?P<n>a)'}, {contains: x}]"),
        rule("{reply: '{{ n }}'}", "sender: '@', regex: ['a(?P<n>b)', cd]"),
        rule(f"[{{choose: [{{when: {{has: url}}, do: {HTTP}}}]}}, {{reply: '{{{{ r }}}}'}}]"),
        rule("[{ask: q, save: n, timeout: 1m, if: {has: url}}, {reply: '{{ n }}'}]"),
        rule(f"[{HTTP[:-1]}, on_error: continue}}, {{reply: '{{{{ r }}}}'}}]"),
        rule(f"[{{strike: s, ladder: {{2: {HTTP}}}}}, {{reply: '{{{{ r }}}}'}}]", "group: g, contains: x"),
    ],
)
def test_a_name_that_is_there_on_some_ways_only(text: str) -> None:
    finding = only(text)
    assert finding.code == "W208"


def test_what_is_saved_later_says_in_which_line() -> None:
    text = (
        "reply:\n  - rule: a\n    when: {sender: '@', contains: x}\n    do:\n      - reply: '{{ r }}'\n      - " + HTTP
    )
    assert only(text).args["line"] == "6"


def test_a_named_template_is_held_to_the_rule_that_uses_it() -> None:
    text = "templates: {t: '{{ person }}'}\n" + timed("{send: {template: t}, to: p}")
    assert found(text) == [("E117", "a.yaml:5:27")]


def test_the_names_offered_are_those_of_this_rule() -> None:
    assert only(timed("{send: '{{ person }}', to: p}")).args["known"] == "now, today, weekday"
    assert only(rule("{reply: '{{ persom }}'}")).args["near"] == "person"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (rule("{reply: x}", "sender: '@', regex: 'a(?P<text>b)'"), "3:38"),
        (rule("{ask: q, save: person, timeout: 1m}"), "4:24"),
        (rule("{ask: q, save: message, timeout: 1m}"), "4:24"),
        (rule("{http: {get: 'https://a.example/', timeout: 3s, save: msg}}"), "4:63"),
        ("vars: {group: {type: text, per: bot}}\n", "1:8"),
    ],
)
def test_names_of_ours_mean_one_thing(text: str, place: str) -> None:
    assert found(text) == [("E188", f"a.yaml:{place}")]


def test_only_what_an_ask_saved_can_be_passed_on() -> None:
    assert only(rule("{forward: m, to: p}")).code == "E190"
    assert only(rule(f"[{HTTP}, {{forward: r, to: p}}]")).code == "E190"
    assert only(rule("[{forward: m, to: p}, {ask: q, save: m, timeout: 1m}]")).code == "E190"
    wrong = only(rule("[{ask: q, save: 描述, timeout: 1m}, {forward: 描写, to: p}]"))
    assert (wrong.args["near"], wrong.args["options"]) == ("描述", "message, recalled, 描述")


def test_secrets_are_those_of_the_configuration() -> None:
    text = rule(
        "{http: {get: 'https://a.example/', timeout: 3s, headers: {A: \"{{ secrets.KEU }} {{ secrets['b'] }}\"}}}"
    )
    options = Options(OPTIONS.zone, secrets=frozenset({"KEY", "b"}))
    (finding,) = load({"a.yaml": text}, options=options).findings
    assert (finding.code, finding.args["near"], str(finding.place)) == ("E189", "KEY", "a.yaml:4:74")
