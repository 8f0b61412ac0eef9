"""What the owner hears in the chat of broken and mended rule files."""

import pytest

from ruleswx.diagnostics import Diagnostic, Lang, Place
from ruleswx.model import FILEHELPER, Effect, SendText
from ruleswx.tidings import Tidings


class Owner:
    def __init__(self, lang: Lang = "en") -> None:
        self.now = 0.0
        self.said: list[str] = []
        self.tidings = Tidings(self.post, lang, lambda: self.now)
        self.broken = False

    def post(self, effect: Effect) -> None:
        assert isinstance(effect, SendText)
        assert effect.to == FILEHELPER
        self.said.append(effect.text)

    def load(self, *lines: int, code: str = "E101") -> int:
        """A load that ends with a mistake in each of these lines; how many notices that makes."""
        findings = tuple(Diagnostic(code, Place("a.yaml", line, 1), {"key": "x", "where": "when"}) for line in lines)
        before, broken = len(self.said), bool(lines)
        self.tidings.heard(findings, 7, broken=broken, was_broken=self.broken)
        self.broken = broken
        return len(self.said) - before


def test_a_break_and_its_mending_are_told() -> None:
    owner = Owner()
    assert [owner.load(), owner.load(4), owner.load(), owner.load()] == [0, 1, 1, 0]
    assert owner.said[0].startswith("The rules have mistakes, the old ones stay:\na.yaml:4:1: ")
    assert owner.said[1] == "The rules are mended and in force, 7 of them."


def test_another_mistake_while_broken_is_told_the_same_one_is_not() -> None:
    owner = Owner()
    assert [owner.load(4), owner.load(4), owner.load(9), owner.load(4, 9), owner.load(9)] == [1, 0, 1, 1, 0]
    assert owner.said[1].startswith("The rules still have mistakes, the old ones stay:\na.yaml:9:1: ")
    owner.now += 601
    assert [owner.load(9), owner.load(9)] == [1, 0], "after ten minutes it may be said once more"


def test_after_mending_a_break_is_told_at_once() -> None:
    owner = Owner()
    assert [owner.load(4), owner.load(), owner.load(4), owner.load()] == [1, 1, 1, 1]


@pytest.mark.parametrize(("lang", "start"), [("zh", "规则有错，先用原来的：\n"), ("en", "The rules have mistakes")])
def test_the_words_are_in_the_bots_language(lang: Lang, start: str) -> None:
    owner = Owner(lang)
    owner.load(4)
    assert owner.said[0].startswith(start)


def test_warnings_alone_are_nobodys_trouble() -> None:
    owner = Owner()
    owner.tidings.heard((Diagnostic("W106", Place("a.yaml", 1, 1)),), 7, broken=False, was_broken=False)
    assert owner.said == []
