"""Names in rules and configuration beside the address book."""

import pytest

from ruleswx.addressbook.bindings import Row
from ruleswx.diagnostics import Place
from ruleswx.rules.load.naming import Spoken, Use
from ruleswx.verbs.namecheck import admins, names, unsaved
from ruleswx.verbs.roster import roster_of

HERE = Place("rules.yaml", 3, 5)
ROSTER = roster_of(
    (
        Row("p-1", nick="王五", remark="老王", listed=True, login="now"),
        Row("p-2", nick="老王", listed=True, login="now"),
        Row("p-3", nick="李四", remark="小李", listed=True, login="now"),
        Row("g-1", "group", nick="产品交流群", listed=True, login="now"),
        Row("g-2", "group", nick="客户群一", login="now"),
        Row("g-3", "group", nick="旧群", listed=True, login="then"),
    ),
    "助手",
    "now",
)


@pytest.mark.parametrize(
    ("name", "use", "level", "what", "code"),
    [
        ("小李", "to", "ok", "names", ""),
        ("老王", "to", "mend", "shared_target", "E122"),
        ("老*", "to", "ok", "names", ""),
        ("没有", "to", "mend", "nobody", ""),
        ("没有*", "to", "mend", "nobody", ""),
        ("没有*", "group", "note", "nobody", ""),
        ("老王", "person", "note", "shared_name", ""),
        ("老王", "group", "mend", "nobody", ""),
        ("旧群", "group", "mend", "not_met", ""),
    ],
)
def test_every_name_is_judged_by_its_use(name: str, use: Use, level: str, what: str, code: str) -> None:
    found = next(names([Spoken(name, use, HERE)], ROSTER))
    assert (found.level, found.what, found.code) == (level, what, code)
    assert found.level == "ok" or found.place == HERE


def test_members_cannot_be_judged() -> None:
    assert list(names([Spoken("谁", "member", HERE)], ROSTER)) == []


def test_admins_are_friends_by_names_nobody_can_take() -> None:
    place = Place("config.yaml", 9, 3)
    assert [f.level for f in admins([("老王", place), ("小李", place)], ROSTER)] == ["ok"]
    (finding,) = admins([("李四", place)], ROSTER)
    assert (finding.code, finding.place) == ("E123", place)


def test_groups_that_are_not_saved_matter_where_rules_send() -> None:
    (finding,) = unsaved([], ROSTER)
    assert (finding.level, finding.values) == ("note", {"name": "客户群一"})
    (finding,) = unsaved([Spoken("客户群一", "to", HERE)], ROSTER)
    assert finding.level == "mend"
