"""The results of a test run for people and for machines. Pure: everything is handed in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruleswx.diagnostics import Lang, Place
from ruleswx.model import Json
from ruleswx.rules.examples import Tried
from ruleswx.rules.testing.coverage import Coverage
from ruleswx.rules.testing.runner import Failure, Result

__all__ = ["Ran", "Report"]

_SHOWN = 2
_WORDS = {
    "zh": {
        "examples": "例句", "tests": "测试", "coverage": "覆盖",
        "counts": "{hit} 命中，{miss} 不命中，{todo} 待办      TP {tp}  TN {tn}  FP {fp}  FN {fn}{todo_note}",
        "todo_note": "（待办）", "passed": "{passed} 通过，{failed} 失败",
        "cover": (
            "规则 {reached}/{rules}（{tests} 条有测试，{examples} 条只有例句），"
            "分支 {branches_reached}/{branches}"
        ),
        "more": "  … 还有 {count} 处，加 --all 全部列出", "step": " 第 {step} 步", "said": "说", "folded": "归一后",
        "expected": "应该", "got": "实际", "because": "原因",
        "example_hit": "应该命中却没有", "example_miss": "不该命中却命中了",
        "below": "覆盖率 {percent}% 低于 {wanted}%", "fail": "失败",
        "reason": "应该 {expected}，实际 {got}", "at_step": "第 {step} 步：", "why": "（原因：{because}）",
        "comma": "；",
    },
    "en": {
        "examples": "examples", "tests": "tests", "coverage": "coverage",
        "counts": "{hit} hit, {miss} miss, {todo} todo      TP {tp}  TN {tn}  FP {fp}  FN {fn}{todo_note}",
        "todo_note": " (todo)", "passed": "{passed} passed, {failed} failed",
        "cover": (
            "rules {reached}/{rules} ({tests} by tests, {examples} by examples only), "
            "branches {branches_reached}/{branches}"
        ),
        "more": "  … {count} more with --all", "step": " step {step}", "said": "said", "folded": "folded",
        "expected": "expected", "got": "got", "because": "because", "example_hit": "should hit but misses",
        "example_miss": "should miss but hits", "below": "coverage {percent}% is below {wanted}%",
        "fail": "FAIL", "reason": "expected {expected}, got {got}", "at_step": "step {step}: ",
        "why": " (because {because})", "comma": "; ",
    },
}  # fmt: skip
_LABEL = 11


@dataclass(frozen=True, slots=True)
class Ran:
    """One test with its place."""

    result: Result
    place: Place


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. `wanted` is the least coverage in percent, None when nobody asked."""

    examples: Sequence[Tried]
    tests: Sequence[Ran]
    coverage: Coverage | None = None
    wanted: int | None = None

    @property
    def good(self) -> bool:
        """Whether everything passed and enough was covered."""
        covered = self.coverage is None or self.wanted is None or self.coverage.percent >= self.wanted
        return covered and all(t.good for t in self.examples) and all(ran.result.passed for ran in self.tests)

    def render(self, lang: Lang, *, every: bool = False) -> str:
        """For people: counts, gaps, then each failure."""
        return "\n".join(self._lines(lang, every=every)) + "\n"

    def _lines(self, lang: Lang, *, every: bool) -> Iterator[str]:
        words = _WORDS[lang]
        yield _row(words["examples"], words["counts"].format(**self._counts(words)))
        passed = sum(ran.result.passed for ran in self.tests)
        yield _row(words["tests"], words["passed"].format(passed=passed, failed=len(self.tests) - passed))
        yield from self._covered(words, every=every)
        for tried in self.examples:
            if not tried.good:
                place = _example_place(tried)
                yield f"{words['fail']} {tried.rule.name}   {place.path}:{place.line}"
                yield f"  {words[f'example_{tried.kind}']}: {tried.text}"
        for ran in self.tests:
            if ran.result.failure is not None:
                yield from _failure(ran, ran.result.failure, words)

    def _counts(self, words: dict[str, str]) -> dict[str, object]:
        kinds = {kind: [t for t in self.examples if t.kind == kind] for kind in ("hit", "miss", "todo")}
        todo = sum(not t.hits for t in kinds["todo"])
        return {
            **{kind: len(found) for kind, found in kinds.items()},
            "tp": sum(t.hits for t in kinds["hit"]),
            "tn": sum(not t.hits for t in kinds["miss"]),
            "fp": sum(t.hits for t in kinds["miss"]),
            "fn": sum(not t.hits for t in kinds["hit"]) + todo,
            "todo_note": words["todo_note"] if todo and all(t.hits for t in kinds["hit"]) else "",
        }

    def _covered(self, words: dict[str, str], *, every: bool) -> Iterator[str]:
        cover = self.coverage
        if cover is None:
            return
        reached = cover.by_tests + cover.by_examples
        yield _row(
            words["coverage"],
            words["cover"].format(
                reached=reached,
                rules=cover.rules,
                tests=cover.by_tests,
                examples=cover.by_examples,
                branches_reached=cover.branches_reached,
                branches=cover.branches,
            ),
        )
        shown = cover.missing if every else cover.missing[:_SHOWN]
        for place, rule, what in shown:
            yield f"  {place.path}:{place.line}   {rule}   {what}"
        if len(shown) < len(cover.missing):
            yield words["more"].format(count=len(cover.missing) - len(shown))
        if self.wanted is not None and cover.percent < self.wanted:
            yield f"{words['fail']} {words['below'].format(percent=cover.percent, wanted=self.wanted)}"

    def to_json(self, lang: Lang = "en") -> dict[str, Json]:
        """For machines: examples, tests, coverage."""
        words = _WORDS[lang]
        counts = {kind: sum(t.kind == kind for t in self.examples) for kind in ("hit", "miss", "todo")}
        return {
            "examples": {**counts, "failed": [_example_json(t) for t in self.examples if not t.good]},
            "tests": [_test_json(ran, words) for ran in self.tests],
            "coverage": None if self.coverage is None else _coverage_json(self.coverage),
        }


def _row(label: str, text: str) -> str:
    wide = sum(2 if ord(char) > 0x2E80 else 1 for char in label)
    return label + " " * (_LABEL - wide) + text


def _failure(ran: Ran, failure: Failure, words: dict[str, str]) -> Iterator[str]:
    step = words["step"].format(step=failure.step) if failure.step else ""
    yield f"{words['fail']} {ran.result.name}{step}   {ran.place.path}:{ran.place.line}"
    if failure.said:
        yield f"  {_row(words['said'], failure.said)}        {words['folded']} {failure.folded}"
    for slip in failure.slips:
        yield f"  {_row(words['expected'], slip.expected)}"
        yield f"  {_row(words['got'], slip.got)}"
    if failure.because:
        yield f"  {_row(words['because'], failure.because)}"


def _reason(failure: Failure, words: dict[str, str]) -> str:
    slips = (words["reason"].format(expected=slip.expected, got=slip.got) for slip in failure.slips)
    step = words["at_step"].format(step=failure.step) if failure.step else ""
    why = words["why"].format(because=failure.because) if failure.because else ""
    return step + words["comma"].join(slips) + why


def _test_json(ran: Ran, words: dict[str, str]) -> Json:
    failure = ran.result.failure
    return {
        "name": ran.result.name,
        "passed": failure is None,
        "path": ran.place.path,
        "line": ran.place.line,
        "reason": None if failure is None else _reason(failure, words),
    }


def _example_place(tried: Tried) -> Place:
    return tried.rule.file.source.place((*tried.rule.path, "examples", tried.kind, tried.number))


def _example_json(tried: Tried) -> Json:
    place = _example_place(tried)
    return {
        "rule": tried.rule.name,
        "kind": tried.kind,
        "text": tried.text,
        "path": place.path,
        "line": place.line,
    }


def _coverage_json(cover: Coverage) -> Json:
    return {
        "rules": cover.rules,
        "by_tests": cover.by_tests,
        "by_examples": cover.by_examples,
        "branches": cover.branches,
        "branches_reached": cover.branches_reached,
        "percent": cover.percent,
        "missing": [
            {"path": place.path, "line": place.line, "rule": rule, "what": what} for place, rule, what in cover.missing
        ],
    }
