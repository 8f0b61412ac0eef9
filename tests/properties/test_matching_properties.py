"""The index agrees with asking every rule; patterns agree with Python's `re`; required literals are required."""

import re

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ruleswx.fold import Folds, Mode, fold, fold_key
from ruleswx.rules.index import Entry, Index, Need, Place, all_of, any_of, literals, pattern
from ruleswx.rules.patterns import Pattern, PatternError, compile_pattern
from ruleswx.rules.patterns.pattern import MOST_COPIES, MOST_PROGRAM

ALPHABET = "ab1 加微信哈Ａ：.\n"
TEXTS = st.text(alphabet=ALPHABET, max_size=12)
MODES = st.sampled_from(["normal", "loose", "exact"])
ATOMS = st.sampled_from(
    [
        "a",
        "b",
        "B",
        "1",
        " ",
        "加",
        "微",
        "信",
        "加微",
        ".",
        r"\d",
        r"\w",
        r"\s",
        r"\W",
        "[a加]",
        "[^a]",
        "[a-c1]",
        r"\b",
        "^",
        "$",
    ]
)


def _join(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    repeats = st.sampled_from(["*", "+", "?", "{2}", "{1,2}", "{0,1}", "*?", "+?"])
    return st.one_of(
        st.tuples(parts, parts).map("".join),
        st.tuples(parts, parts).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(parts, repeats).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
        parts.map(lambda one: f"({one})"),
    )


PATTERNS = st.recursive(ATOMS, _join, max_leaves=8)


def _compiled(source: str, mode: Mode) -> Pattern:
    try:
        return compile_pattern(source, mode)
    except PatternError:
        assume(False)
        raise


@given(PATTERNS, TEXTS)
@settings(max_examples=300)
def test_patterns_mean_what_python_means(source: str, text: str) -> None:
    # Two differences are the dialect's own: \b is the edge of a Latin word, and $ is nothing but the end.
    assume(r"\b" not in source)
    ours = _compiled(source, "exact").search(fold(text, "exact"))
    theirs = re.search(source.replace("$", r"\Z"), text)
    assert (ours is None) == (theirs is None)
    if ours and theirs:
        assert (ours.start, ours.end) == theirs.span()


@given(PATTERNS, TEXTS, st.sampled_from(["normal", "exact"]))
@settings(max_examples=300)
def test_required_literals_are_in_every_match(source: str, text: str, mode: Mode) -> None:
    compiled = _compiled(source, mode)
    folded = fold(text, mode)
    if compiled.search(folded):
        for group in compiled.required or ():
            assert any(word in folded.text for word in group)


@given(st.text(max_size=30), st.text(max_size=30), MODES)
def test_any_pattern_is_refused_or_searches(source: str, text: str, mode: Mode) -> None:
    refused, match = (0, 1), None
    try:
        compiled = compile_pattern(source, mode)
        match = compiled.search(fold(text, compiled.mode))
    except PatternError as error:
        refused = (error.offset, error.length)
    assert 0 <= refused[0] <= len(source)
    assert refused[1] >= 1
    assert match is None or 0 <= match.start <= match.end <= len(text)


@given(st.text(alphabet="\\()[]{}?*+|^$.aPpWwdDsSbBQE<>=!:,-0123456789x名", max_size=16))
@settings(max_examples=400)
def test_whatever_is_accepted_compiles(source: str) -> None:
    what = ""
    try:
        compile_pattern(source).engine()
    except PatternError as error:
        what = error.values["what"]
    assert what != "@regex_engine"


COUNTED = st.recursive(
    ATOMS,
    lambda parts: st.one_of(
        _join(parts),
        st.tuples(parts, st.integers(0, 60), st.integers(0, 60)).map(lambda t: f"(?:{t[0]}){{{t[1]},{t[1] + t[2]}}}"),
        parts.map(lambda one: rf"(?:{one}|\p{{Han}}|[一-龥a-z]|é+)"),
    ),
    max_leaves=10,
)


@given(COUNTED)
@settings(max_examples=300)
def test_what_is_accepted_costs_a_bounded_number_of_steps_a_character(source: str) -> None:
    """The engine does at most one step of its program a character, so a bounded program is a bounded cost; what was
    guessed at load is no less than about half of what the engine made of it."""
    compiled = _compiled(source, "normal")
    engine = compiled.engine()
    assert compiled.counted <= MOST_COPIES
    assert compiled.cost <= MOST_PROGRAM
    assert max(engine.programsize, engine.reverseprogramsize) <= 2 * compiled.cost + 50


CONDITIONS = st.one_of(
    st.tuples(
        st.just("words"), st.lists(st.text(alphabet=ALPHABET, min_size=1, max_size=4), min_size=1, max_size=3), MODES
    ),
    st.tuples(st.just("regex"), PATTERNS, st.sampled_from(["normal", "exact"])),
)
RULES = st.lists(st.lists(st.lists(CONDITIONS, min_size=1, max_size=2), min_size=1, max_size=2), min_size=1, max_size=6)


def _holds(condition: tuple[str, object, Mode], folds: Folds) -> tuple[bool, Need | None]:
    kind, value, mode = condition
    if kind == "words":
        keys = [fold_key(word, mode) for word in value]  # type: ignore[attr-defined]
        return any(key in folds.get(mode).text for key in keys), literals(keys, mode)
    compiled = _compiled(str(value), mode)
    return compiled.search(folds.get(compiled.mode)) is not None, pattern(compiled)


@given(RULES, TEXTS)
@settings(max_examples=200, deadline=None)
def test_the_index_never_leaves_a_matching_rule_out(
    rules: list[list[list[tuple[str, object, Mode]]]], text: str
) -> None:
    """A rule is any of blocks, a block is all of its conditions, as `any:` and `when:` are."""
    folds, matching, entries = Folds(text), [], []
    for position, blocks in enumerate(rules):
        judged = [[_holds(condition, folds) for condition in block] for block in blocks]
        if any(all(held for held, _ in block) for block in judged):
            matching.append(position)
        entries.append(Entry(position, any_of(all_of(need for _, need in block) for block in judged)))
    found = list(Index(entries).candidates(Place("text", "", "person"), Folds(text)))
    assert found == sorted(set(found))
    assert set(matching) <= set(found)
