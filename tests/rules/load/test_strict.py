"""Tests as a condition of taking rules: which fail, and where."""

from collections.abc import Mapping

from ruleswx.diagnostics import Diagnostic
from ruleswx.rules.load import load_rules
from ruleswx.rules.load.strict import failing_tests
from tests.rules.load.helpers import OPTIONS

RULE = "reply:\n  - {rule: 价, when: {sender: '@', contains: 价格}, do: {reply: 九元}}\n"
GOOD = "tests:\n  - {test: 好, from: 小李, say: 价格, expect: {reply: 九元}}\n"
BAD = "tests:\n  - {test: 坏, from: 小李, say: 价格, expect: {reply: 十元}}\n"
WORLD = "world: {people: {小李: {}}}\n"


def failing(files: Mapping[str, str], *tests: str) -> tuple[Diagnostic, ...]:
    def read(path: str) -> bytes:
        if path not in files:
            raise FileNotFoundError(2, "No such file or directory", path)
        return files[path].encode()

    return tuple(failing_tests(load_rules(["a.yaml"], read, OPTIONS), tests, read, OPTIONS))


def test_what_passes_is_not_told() -> None:
    assert failing({"a.yaml": RULE + GOOD + WORLD, "t/a.test.yaml": GOOD + WORLD}, "t/a.test.yaml") == ()


def test_what_fails_is_told_at_its_test() -> None:
    found = failing({"a.yaml": RULE + BAD + WORLD, "t/a.test.yaml": WORLD + BAD}, "t/a.test.yaml", "gone.test.yaml")
    assert [(f.code, str(f.place), f.args["test"]) for f in found] == [
        ("E195", "a.yaml:4:6", "坏"),
        ("E195", "t/a.test.yaml:3:6", "坏"),
    ]


def test_a_test_file_may_choose_its_rules() -> None:
    other = RULE.replace("九元", "十元")
    files = {"a.yaml": RULE, "b.yaml": other, "t/a.test.yaml": "use: ../b.yaml\n" + BAD + WORLD}
    assert failing(files, "t/a.test.yaml") == ()
    assert [f.code for f in failing({**files, "b.yaml": "reply: [x]\n"}, "t/a.test.yaml")] == ["E116"]


def test_a_broken_test_file_is_told_and_broken_rules_are_not_tested() -> None:
    assert [f.code for f in failing({"a.yaml": RULE, "a.test.yaml": "test: []\n"}, "a.test.yaml")] == ["E101"]
    assert failing({"a.yaml": "reply: [x]\n" + BAD}) == ()
