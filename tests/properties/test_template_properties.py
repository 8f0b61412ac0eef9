from hypothesis import given, settings
from hypothesis import strategies as st

from ruleswx.templates import LONGEST_OUTPUT, RenderFailed, TemplateProblem, compile_template

PIECES = st.sampled_from(
    ["{{", "}}", "{%", "%}", "{#", "#}", " if ", " for ", " in ", " set ", " else ", " endif ", " endfor ", "a", "b",
     "好", "'x'", "1", " | ", "upper", "join", "(", ")", "[", "]", ".", "~", "+", "*", "-", "==", " not ", "range", "=",
     ",", ":", "\n", " "]
)  # fmt: skip
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)


@given(st.text())
def test_chat_text_comes_out_as_it_went_in(text: str) -> None:
    for source in ("[{{ text }}]", "[{{ text ~ '' }}]", "[{% if 1 %}{{ text }}{% endif %}]"):
        assert compile_template(source).render({"text": text}) == f"[{text}]"


@given(st.one_of(st.lists(PIECES, max_size=14).map("".join), st.text(max_size=30)), VALUES, VALUES)
@settings(max_examples=300)
def test_any_template_is_refused_fails_or_renders(source: str, a: object, b: object) -> None:
    offset, text = 0, ""
    try:
        template = compile_template(source)
        assert set(template.name_offsets) == set(template.names)
        text = template.render({"a": a, "b": b})
    except TemplateProblem as problem:
        offset = problem.offset
    except RenderFailed:
        text = ""
    assert 0 <= offset <= len(source)
    assert len(text) <= LONGEST_OUTPUT


@given(
    st.lists(st.sampled_from(["x", "{{ a }}", "{{b}}", "\n", "}}", "{ ", "好"]), max_size=8).map("".join),
    VALUES,
    VALUES,
)
def test_plain_templates_agree_with_jinja(source: str, a: object, b: object) -> None:
    context = {"a": a, "b": b}

    def rendered(text: str) -> str | None:
        try:
            return compile_template(text).render(context)
        except RenderFailed as error:
            return error.code

    assert rendered(source) == rendered("{{ '' }}" + source)
