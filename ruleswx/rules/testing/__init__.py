"""Rules tried without an account: a told world, a virtual clock, tests with their expectations, coverage.

It must not know the wire, the store or the clock.
"""

from __future__ import annotations

from ruleswx.rules.testing.world import Group, World

__all__ = ["Group", "World"]
