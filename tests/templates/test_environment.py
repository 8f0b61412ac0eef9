import pytest
from jinja2.exceptions import UndefinedError

from ruleswx.templates import RenderFailed
from ruleswx.templates.environment import environment


def test_jinja_is_new_enough_for_its_own_sandbox_fixes() -> None:
    from importlib.metadata import version

    assert tuple(int(part) for part in version("jinja2").split(".")[:3]) >= (3, 1, 6)


def test_nothing_of_jinjas_own_is_left() -> None:
    made = environment()
    assert dict(made.globals) == {}
    assert not {"attr", "map", "format", "groupby", "xmlattr", "tojson", "pprint"} & set(made.filters)
    assert environment() is made


def test_no_attributes_and_no_calls() -> None:
    made = environment()
    for value in ("x", 1, [], object(), print):
        with pytest.raises((RenderFailed, UndefinedError)):
            str(made.getattr(value, "__class__"))
    with pytest.raises(RenderFailed):
        made.call(None, print, "x")
