"""Everything before compiling, in one go."""

from tests.rules.load.helpers import load

GOOD = (
    "reply:\n  - rule: a\n    when: {sender: '@', contains: x}\n    do: {reply: x}\n"
    "schedule: [{rule: s, at: '08:30', do: {send: x, to: p}}]\n"
)


def test_a_good_file_is_complete_and_counted() -> None:
    made = load({"a.yaml": GOOD})
    assert (made.complete, made.rules, made.findings) == (True, 2, ())


def test_all_findings_of_all_files_come_in_one_run() -> None:
    made = load({
        "a.yaml": "reply:\n  - rule: a\n    when: {sender: @}\n  - rule: b\n    do: {reply: [x, y]}\n",
        "b.yaml": "reply:\n  - rule: c\n    do: {reply: '{{ q }}'}\n",
    })  # fmt: skip
    assert not made.complete
    assert {(f.place.path, f.code) for f in made.findings} == {
        ("a.yaml", "E103"),
        ("a.yaml", "E118"),
        ("b.yaml", "E110"),
        ("b.yaml", "E117"),
    }


def test_a_warning_leaves_it_complete() -> None:
    made = load({"a.yaml": "lists: {w: [x]}\n" + GOOD})
    assert made.complete
    assert [f.code for f in made.findings] == ["W207"]
