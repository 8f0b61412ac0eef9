"""Files and what they name: lists, templates, `use`, and files that cannot be read."""

from ruleswx.rules.load.files import read_files, relative
from tests.rules.load.helpers import found, load

RULE = "guard: [{rule: a, when: {group: all, contains: $w}, do: {log: x}}]\n"


def test_paths_are_relative_to_the_file_they_are_written_in() -> None:
    assert relative("rules/a.yaml", "../lists/w.txt") == "lists/w.txt"
    assert relative("a.yaml", "w.txt") == "w.txt"


def test_a_list_file_is_words_and_comments() -> None:
    made = load({
        "rules/a.yaml": "lists: {w: {file: ../w.txt}}\n" + RULE,
        "w.txt": b"\xef\xbb\xbf# \xe8\xaf\xb4\xe6\x98\x8e\n\n  one  \ntwo\r\n$three\n",
    })  # fmt: skip
    assert made.findings == ()
    assert made.files[0].lists["w"] == ("one", "two", "$three")
    assert made.read == ("rules/a.yaml", "w.txt")


def test_lists_may_hold_lists_and_a_doubled_dollar_is_a_dollar() -> None:
    text = "lists:\n  w: [a, $v, $$5]\n  v: [b, $w]\n" + RULE
    made = load({"a.yaml": text})
    assert made.findings == ()
    assert made.files[0].lists["w"] == ("a", "b", "$5")


def test_use_brings_lists_and_templates_once_and_never_rules() -> None:
    made = load(
        {
            "a.yaml": "use: [lib/b.yaml, lib/b.yaml]\n" + RULE,
            "lib/b.yaml": "use: c.yaml\nlists: {w: [x]}\nreply: [{rule: not loaded}]\n",
            "lib/c.yaml": "use: ../a.yaml\ntemplates: {t: hello}\n",
        },
        "a.yaml",
    )
    assert [f.code for f in made.findings] == ["W212"]
    assert made.rules == 1
    assert dict(made.files[0].templates) == {"t": "hello"}
    assert made.read == ("a.yaml", "lib/b.yaml", "lib/c.yaml")


def test_what_cannot_be_read_is_said_where_it_is_named() -> None:
    assert found({"a.yaml": "use: gone.yaml\nlists: {w: {file: gone.txt}}\n" + RULE}) == [
        ("E136", "a.yaml:1:6"),
        ("E136", "a.yaml:2:19"),
    ]
    assert found({"a.yaml": ""}, "a.yaml", "b.yaml") == [("E136", "b.yaml")]


def test_a_list_in_another_encoding() -> None:
    files = {"a.yaml": "lists: {w: {file: w.txt}}\n" + RULE, "w.txt": b"ok\n" + "价格".encode("gbk")}
    assert found(files) == [("E148", "w.txt:2:1")]


def test_a_test_file_is_read_and_is_no_rule_file() -> None:
    made = load({"a.test.yaml": "use: [gone.yaml]\ntests: [{test: t, say: x}]\n"})
    assert made.findings == ()
    assert made.files == ()


def test_a_hundred_thousand_words_in_many_rules() -> None:
    words = "\n".join(f"word{n}" for n in range(100_000))
    rules = "".join(
        f"  - {{rule: r{n}, match: loose, when: {{group: g, contains: $w}}, do: {{log: x}}, examples: {{miss: z}}}}\n"
        for n in range(20)
    )
    made = load({"a.yaml": "lists: {w: {file: w.txt}}\nguard:\n" + rules, "w.txt": words})
    assert made.findings == ()
    assert len(made.files[0].lists["w"]) == 100_000


def test_a_file_that_did_not_change_is_not_read_again() -> None:
    files = {"a.yaml": RULE.encode(), "b.yaml": b"lists: {w: [x]}\n"}
    first = read_files(list(files), files.__getitem__)
    known = {typed.path: typed for typed in first.files}
    files["b.yaml"] = b"lists: {w: [y]}\n"
    second = read_files(list(files), files.__getitem__, known)
    assert second.files[0] is first.files[0]
    assert second.files[1] is not first.files[1]
    assert second.lists["w"] == ("y",)


def test_rules_of_a_used_file_are_missed_aloud() -> None:
    files: dict[str, str | bytes] = {
        "a.yaml": "use: [b.yaml, c.yaml]\nreply: [{rule: a, when: {sender: '@', contains: $w}, do: {reply: x}}]\n",
        "b.yaml": "lists: {w: [x]}\n",
        "c.yaml": "reply: [{rule: c, when: {sender: '@', contains: z}, do: {reply: x}}]\n",
    }
    assert found(files, "a.yaml") == [("W212", "a.yaml:1:15")]
    assert found(files, "a.yaml", "c.yaml") == []
