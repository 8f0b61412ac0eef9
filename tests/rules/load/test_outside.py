"""http and run steps that must not be."""

import pytest

from ruleswx.rules.load import Options, load_rules
from tests.rules.bot import ZONE


def found(step: str, *commands: str) -> list[tuple[str, str]]:
    text = f"reply:\n  - rule: a\n    when: {{sender: '@', contains: x}}\n    do:\n      - {step}\n"
    options = Options(ZONE, secrets=frozenset({"KEY"}), commands=frozenset(commands))
    loaded = load_rules(["a.yaml"], lambda _: text.encode(), options)
    assert (loaded.ruleset is None) == bool(loaded.findings)
    return [(f.code, f"{f.place.line}:{f.place.column}") for f in loaded.findings]


def http(url: str, rest: str = "") -> list[tuple[str, str]]:
    return found(f"http: {{get: '{url}', timeout: 5s{rest}}}")


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/{{ text }}",
        "https://a.example:8443?q={{ text }}",
        "https://8.8.8.8/",
        "http://127.0.0.1:11434/v1",
        "http://localhost:8000/",
        "http://[::1]:8000/",
        "https://127.0.0.1/",
    ],
)
def test_fine(url: str) -> None:
    assert http(url) == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("https://{{ text }}/", "E176"),
        ("https://a.example{{ text }}", "E176"),
        ("{{ secrets.KEY }}", "E176"),
        ("a.example/x", "E176"),
        ("https://u:p@a.example/", "E176"),
        ("ftp://a.example/", "E176"),
        ("http://a.example/", "E177"),
        ("http://2130706433/", "E177"),
        ("http://localhost./", "E177"),
        ("http://0x7f.0.0.1/", "E177"),
        ("http://192.168.1.1/", "E178"),
        ("https://192.168.1.1/", "E178"),
        ("https://169.254.169.254/latest/meta-data", "E178"),
        ("https://[::ffff:127.0.0.1]/", "E178"),
        ("https://0.0.0.0/", "E178"),
    ],
)
def test_addresses_that_lead_elsewhere(url: str, code: str) -> None:
    assert http(url) == [(code, "5:21")]


def test_headers_that_are_not_the_authors() -> None:
    assert http("https://a.example/", ", headers: {X-Key: a, host: b, 'x y': c}") == [
        ("E180", "5:76"),
        ("E180", "5:85"),
    ]


def test_a_body_belongs_to_post() -> None:
    assert http("https://a.example/", ", json: {a: 1}") == [("E138", "5:56")]
    assert found("http: {post: 'https://a.example/', timeout: 5s, json: {a: 1}}") == []


def test_programs_are_named_by_the_configuration() -> None:
    step = "run: {command: [bin/stock, '{{ text }}'], timeout: 5s}"
    assert found(step, "bin/stock", "/bin/ls") == []
    for allowed in ((), ("bin/stocks",), ("/srv/bin/stock",)):
        assert found(step, *allowed) == [("E179", "5:25")]


def test_which_program_runs_is_not_a_chats_choice() -> None:
    assert found("run: {command: ['{{ text }}'], timeout: 5s}", "a", "{{ text }}") == [("E179", "5:25")]
