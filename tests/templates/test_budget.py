import pytest

from ruleswx.templates.budget import Budget
from ruleswx.templates.values import RenderFailed


def test_a_budget_ends() -> None:
    budget = Budget(None)
    budget.spend(19_000)
    assert budget.text("x" * 640) == "x" * 640
    with pytest.raises(RenderFailed):
        budget.loop(range(1000), 1)
    with pytest.raises(RenderFailed):
        Budget(None).made("x" * 9000)
