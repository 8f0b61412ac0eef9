"""Names of chats in rules, with their places."""

from ruleswx.rules.load.naming import names_spoken, places_of
from tests.rules.bot import load

RULES = """
    lists: {群们: [产品群, '客户*']}
    defaults: {group: [默认群]}
    guard:
      - {rule: 一, when: {group: [產品群, all], member: 小李, contains: A},
         do: {log: 好, on_error: {send: 好, to: 值班群}}}
    reply:
      - {rule: 二, when: {sender: '@', contains: A, any: [{person: 老*}, {person: {regex: x}}]},
         do: {send: 好, to: [$群们, admins]}}
    schedule:
      - {rule: 三, at: '08:30', do: {send: 好, to: 产品群}}
"""


def test_every_name_with_its_use_and_place() -> None:
    files = [load(RULES).rules[0].file]
    assert [(s.name, s.use, s.place.line, s.wide, s.listed) for s in names_spoken(files)] == [
        ("默认群", "group", 3, False, ""),
        ("產品群", "group", 5, False, ""),
        ("小李", "member", 5, False, ""),
        ("值班群", "to", 6, False, ""),
        ("老*", "person", 8, True, ""),
        ("产品群", "to", 9, False, "群们"),
        ("客户*", "to", 9, True, "群们"),
        ("产品群", "to", 11, False, ""),
    ]


def test_places_of_a_name_that_changed() -> None:
    files = [load(RULES).rules[0].file]
    assert [place.line for place in places_of(files, "产品群")] == [5, 9, 11]
    assert places_of(files, "没有") == ()
