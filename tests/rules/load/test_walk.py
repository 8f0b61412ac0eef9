"""Ways through a file: every condition, step and template, and a path that leads back to its place."""

from ruleswx.rules.load.walk import conds, every_step, names, rules, templates, when_conds
from ruleswx.rules.schema import RuleFile
from ruleswx.rules.shape import check_shape
from ruleswx.rules.source import Source, read_yaml

TEXT = """\
guard:
  - rule: a
    when:
      any: [{contains: x}, {any: [{person: p}]}]
    unless: {group: [g, {regex: h}]}
    do:
      - strike: s
        ladder:
          1: {reply: one}
          2: [{log: two}]
        on_error: {notify: three}
      - choose: [{when: {contains: y}, do: {send: {random: [four, five]}, to: z}}]
      - ask: six
        timeout: 1m
        on_timeout: {reply: {each: [seven]}}
        on_cancel: {http: {post: eight, timeout: 5s, headers: {h: nine}, json: {k: [ten]}}}
      - run: {command: [eleven], timeout: 1s}
      - set: {v: twelve}
watch:
  - rule: b
    do: {forward: message, to: z, prefix: thirteen}
"""


def load() -> tuple[RuleFile, Source]:
    source = read_yaml("f.yaml", TEXT.encode())
    model, findings = check_shape(RuleFile, source)
    assert findings == ()
    assert model is not None
    return model, source


def test_rules_in_order_with_their_sections() -> None:
    model, _ = load()
    assert [(section, path, rule.rule) for section, path, rule in rules(model)] == [
        ("guard", ("guard", 0), "a"),
        ("watch", ("watch", 0), "b"),
    ]


def test_every_condition_however_deep() -> None:
    model, source = load()
    (_, path, rule), _ = rules(model)
    places = [str(source.place(at)) for at, _ in when_conds(path, rule)]
    assert places == ["f.yaml:4:7", "f.yaml:4:13", "f.yaml:4:28", "f.yaml:4:35", "f.yaml:5:13"]
    assert list(conds(None, ())) == []


def test_names_of_a_condition() -> None:
    model, _ = load()
    (_, path, rule), _ = rules(model)
    (*_, (at, unless)) = when_conds(path, rule)
    assert [(p[-2:], n.text or n.regex) for p, n in names(at, unless)] == [(("group", 0), "g"), (("group", 1), "h")]


def test_every_template_leads_back_to_where_it_was_typed() -> None:
    model, source = load()
    found = []
    for _, path, rule in rules(model):
        for at, step in every_step(path, rule):
            for where, text in templates(at, step):
                place = source.place(where)
                assert source.line(place.line)[place.column - 1 :].startswith(text)
                found.append(text)
    assert found == [
        "three", "one", "two", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    ]  # fmt: skip
