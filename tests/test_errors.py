"""Errors say whose fault it is and carry what the next step needs."""

import pickle

import pytest

from ruleswx import errors
from ruleswx.diagnostics import Diagnostic, Place


def test_every_public_error_is_in_the_tree() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.RuleswxError)
        assert getattr(errors, name).__doc__


def test_a_wrong_file_holds_all_findings_in_order() -> None:
    second = Diagnostic("E101", Place("a.yaml", 2, 1))
    first = Diagnostic("E104", Place("a.yaml", 1, 1))
    assert errors.UserFileError((second, first)).diagnostics == (first, second)


@pytest.mark.parametrize(("after_write", "phase"), [(True, "read"), (False, "connect")])
def test_transport_errors_say_whether_the_request_may_have_been_acted_upon(after_write: bool, phase: str) -> None:
    assert errors.ConnectionLost("reset", after_write=after_write).after_write is after_write
    assert errors.TimedOut(phase).phase == phase  # type: ignore[arg-type]


def test_an_excerpt_of_the_server_stays_beside_the_sentence() -> None:
    error = errors.RemoteProtocolError("not a login page", "<html>")
    assert str(error) == "not a login page: <html>"
    assert pickle.loads(pickle.dumps(errors.StoreError("disk"))).args == ("disk",)
