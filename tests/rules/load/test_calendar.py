from datetime import date
from zoneinfo import ZoneInfo

import pytest

from ruleswx.catalogue import message
from ruleswx.rules.load import Options, load_rules

RULES = """
reply:
  - rule: 工作日
    when: {sender: '@', equals: 在吗, days: [mon, workday]}
    do: {reply: 在}
schedule:
  - rule: 早报
    at: '08:30'
    days: workday
    do: {send: 早, to: admins}
"""


@pytest.mark.parametrize(
    ("today", "places"), [(date(2026, 10, 1), []), (date(2026, 11, 21), [4, 9]), (date(2027, 1, 5), [4, 9]), (None, [])]
)
def test_the_end_of_the_data_is_told_sixty_days_ahead(today: date | None, places: list[int]) -> None:
    loaded = load_rules(["a.yaml"], lambda _: RULES.encode(), Options(ZoneInfo("Asia/Shanghai"), today=today))
    assert [(f.code, f.place.line) for f in loaded.findings] == [("W221", line) for line in places]
    assert loaded.ruleset is not None


@pytest.mark.parametrize(("text", "field"), [("61 8 * * *", "@cron_minute"), ("30 8 * *", "@cron_five")])
def test_a_bad_cron_names_the_field(text: str, field: str) -> None:
    rules = f"schedule: [{{rule: a, cron: '{text}', do: {{send: hi, to: admins}}}}]"
    loaded = load_rules(["a.yaml"], lambda _: rules.encode(), Options(ZoneInfo("Asia/Shanghai")))
    assert [(f.code, f.args["field"]) for f in loaded.findings] == [("E175", field)]


def test_the_end_of_the_data_is_told_in_the_word_that_was_used() -> None:
    rules = "reply: [{rule: a, when: {sender: '@', contains: x, days: holiday}, do: {reply: y}}]"
    loaded = load_rules(
        ["a.yaml"], lambda _: rules.encode(), Options(ZoneInfo("Asia/Shanghai"), today=date(2026, 12, 1))
    )
    assert "`workday`" not in message(loaded.findings[0], "en")
    assert "holiday" in message(loaded.findings[0], "zh")
