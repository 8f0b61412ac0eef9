"""Diagnostics are values: severity by code, reading order, each finding once."""

from ruleswx.diagnostics import Diagnostic, Place, sort_diagnostics


def test_severity_follows_the_code() -> None:
    assert Diagnostic("W106", Place("a.yaml", 1, 1)).severity == "warning"
    assert Diagnostic("E101", Place("a.yaml", 1, 1)).severity == "error"


def test_a_place_prints_as_editors_read_it() -> None:
    assert str(Place("rules/a.yaml", 3, 7)) == "rules/a.yaml:3:7"
    assert str(Place("rules/a.yaml")) == "rules/a.yaml"


def test_findings_come_in_reading_order_and_once() -> None:
    late = Diagnostic("E101", Place("b.yaml", 1, 1))
    early = Diagnostic("E104", Place("a.yaml", 10, 2))
    first = Diagnostic("W106", Place("a.yaml", 9, 5))
    again = Diagnostic("E101", Place("b.yaml", 1, 1))
    other = Diagnostic("E101", Place("b.yaml", 1, 1), {"key": "x"})
    assert sort_diagnostics([late, early, again, first, other]) == (first, early, late, other)
