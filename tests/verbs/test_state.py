"""Looking into a state that is there, is not there, or cannot be read."""

from pathlib import Path

import pytest

from ruleswx.config import Config
from ruleswx.diagnostics import Lang
from ruleswx.store import Reader, open_store
from ruleswx.verbs.state import shown, with_config, with_state
from tests.verbs.rulesfolder import run_verb


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "config.yaml"
    path.write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    return str(path)


def test_it_reads_beside_the_running_bot(config: str, tmp_path: Path) -> None:
    def use(_config: Config, reader: Reader) -> int:
        return len(reader.load_session() or b"")

    with open_store(tmp_path / "state") as store:
        store.save_session(b"12345")
        assert with_state(config, "en", use) == 5


@pytest.mark.parametrize(("lang", "said"), [("zh", "运行过吗"), ("en", "ever run?")])
def test_a_bot_that_never_ran_is_said_in_a_sentence(
    config: str, lang: Lang, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert with_state(config, lang, lambda _config, _reader: 0) == 7
    assert said in capsys.readouterr().err


def test_a_state_in_use_is_another_exit_code(config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def use(opened: Config) -> int:
        with open_store(opened.state):
            return 0

    with open_store(tmp_path / "state"):
        assert with_config(config, "en", use) == 6
    assert "another ruleswx uses this state folder" in capsys.readouterr().err


def test_a_broken_configuration_is_printed_with_its_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("wechat: {endpoint: sandbox}\nrulez: x\n", "utf-8")
    assert with_config(str(path), "en", lambda _config: 0) == 3
    assert f"{path}:2:1: error E101" in capsys.readouterr().err


def test_chat_text_is_one_short_harmless_line() -> None:
    assert shown("a\n\x1b[31m" + "长" * 99) == "a⏎\\u001b[31m" + "长" * 48 + "…"


@pytest.mark.parametrize(
    ("verb", "more", "code"),
    [
        ("why", {"what": "123", "chat": ""}, 7),
        ("outbox", {"action": None, "id": None}, 7),
        ("outbox", {"action": "retry", "id": 99}, 7),
        ("chats", {}, 7),
        ("status", {}, 2),
        ("health", {}, 2),
        ("logout", {"forget": False}, 0),
    ],
)
def test_looking_makes_no_state(verb: str, more: dict[str, object], code: int, tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("wechat: {endpoint: sandbox}\n", "utf-8")
    assert run_verb(verb, config=str(tmp_path / "config.yaml"), json=False, **more) == code
    assert not (tmp_path / "state").exists()
