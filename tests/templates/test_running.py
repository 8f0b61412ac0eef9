import subprocess
import sys

import pytest

from ruleswx.templates import RenderFailed
from ruleswx.templates.running import compiled, run


def test_a_missing_name_is_named() -> None:
    with pytest.raises(RenderFailed) as raised:
        run(compiled("{{ a.b }}"), {"a": {}}, None)
    assert (raised.value.code, raised.value.values["name"]) == ("E184", "b")


def test_output_stops_after_a_message() -> None:
    assert len(run(compiled("{% for a in b %}{{ a }}{% endfor %}"), {"b": ["x" * 4000] * 50}, None)) == 8000


def test_plain_messages_never_load_jinja() -> None:
    """Loading it costs more than all the rest of a small bot's rules."""
    code = (
        "import sys; from ruleswx.templates import compile_template;"
        "print(compile_template('你好 {{ person }}').render({'person': '小李'}), 'jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-X", "utf8", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["你好", "小李", "False"]
