"""Rules tried without an account: a told world, a virtual clock, tests with their expectations, coverage.

It must not know the wire, the store or the clock.
"""

from __future__ import annotations

from ruleswx.rules.testing.coverage import Coverage, measure
from ruleswx.rules.testing.expectation import Slip
from ruleswx.rules.testing.report import Ran, Report
from ruleswx.rules.testing.runner import Failure, Result, run_test
from ruleswx.rules.testing.world import Group, World

__all__ = ["Coverage", "Failure", "Group", "Ran", "Report", "Result", "Slip", "World", "measure", "run_test"]
