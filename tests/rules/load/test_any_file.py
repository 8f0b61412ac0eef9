"""No rule file, however strange, stops a load: it gets findings."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rules.load.helpers import load

_KEYS = """
reply guard watch schedule lists templates vars defaults use rule when unless do cooldown match examples hit miss
sender group person contains regex any length min max send to log ask timeout strike ladder 1 on_error choose http
get random each template if var flood hours event mention = mute
"""
_WORDS = """
a | @ | '@' | '@@' | all | me | $w | $$w | 5m | 10m per person | 09:00-10:00 | {{ x }} | '{{ x }}' | ( | '(?P<a>b)'
loose | continue | '' | ~ | 加微，领 | {min: 3} | &a | *a | #x | !x | > 3 | [ | ] | member_join
"""
KEYS = _KEYS.split()
WORDS = [word.strip() for line in _WORDS.strip().splitlines() for word in line.split(" | ")]


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    """A YAML-like text in block style: known keys in the wrong places, odd words, sometimes broken."""
    pad = "  " * depth
    lines = []
    for key in draw(st.lists(st.sampled_from(KEYS), max_size=4)):
        dash = "- " if draw(st.booleans()) else ""
        if depth < 5 and draw(st.integers(0, 2)):
            lines.append(f"{pad}{dash}{key}:\n{draw(trees(depth=depth + 2))}")
        else:
            lines.append(f"{pad}{dash}{key}: {draw(st.sampled_from(WORDS))}")
    return "\n".join(lines)


@settings(max_examples=60, deadline=None)
@given(trees())
def test_any_tree_of_known_words_gives_findings_or_rules(text: str) -> None:
    made = load({"a.yaml": text})
    assert made.complete == (not any(f.severity == "error" for f in made.findings))
    for finding in made.findings:
        assert finding.place.path == "a.yaml"
        assert finding.place.line <= text.count("\n") + 2
