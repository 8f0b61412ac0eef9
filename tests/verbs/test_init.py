"""`init` makes a folder that checks clean, and never overwrites."""

import shutil
import subprocess
from pathlib import Path

import pytest

from ruleswx import cli
from ruleswx.config import load_config
from ruleswx.verbs import init


def test_the_starter_folder_checks_clean(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["init", str(tmp_path / "bot"), "--lang", "en"]) == 0
    assert "ruleswx serve" in capsys.readouterr().out
    assert cli.main(["check", str(tmp_path / "bot" / "config.yaml")]) == 0


@pytest.mark.parametrize(("asked", "wanted"), [(["--lang", "en"], "en"), (["--lang", "zh"], "zh"), ([], "zh")])
def test_the_bot_speaks_the_language_that_was_asked_for(tmp_path: Path, asked: list[str], wanted: str) -> None:
    assert cli.main(["init", str(tmp_path), *asked]) == 0
    config, findings = load_config(str(tmp_path / "config.yaml"), {})
    assert findings == ()
    assert config is not None
    assert config.lang == wanted, "a locale alone does not make it English"


def test_rule_files_name_the_schema_beside_them(tmp_path: Path) -> None:
    assert cli.main(["init", str(tmp_path)]) == 0
    for path in (tmp_path / "rules").glob("*.yaml"):
        modeline = path.read_text("utf-8").splitlines()[0]
        assert (path.parent / modeline.split("$schema=")[1]).is_file()


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.yaml").write_text("mine", "utf-8")
    assert cli.main(["init", str(tmp_path), "--lang", "zh"]) == 3
    assert "config.yaml" in capsys.readouterr().err
    assert (tmp_path / "config.yaml").read_text("utf-8") == "mine"
    assert not (tmp_path / "rules").exists()


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    assert cli.main(["init", str(tmp_path / "file"), "--lang", "en"]) == 3
    assert "cannot write" in capsys.readouterr().err


def test_the_files_the_rules_send_come_along(tmp_path: Path) -> None:
    assert cli.main(["init", str(tmp_path)]) == 0
    shipped = Path(__file__).parents[2] / "files"
    assert {p.name: p.read_bytes() for p in (tmp_path / "files").iterdir()} == {
        p.name: p.read_bytes() for p in shipped.iterdir() if p.is_file()
    }


def test_edits_at_the_top_of_a_checkout_are_not_given_on() -> None:
    package = Path(cli.__file__).parent
    assert {name for name, _ in init.starter_files()} >= {Path("config.yaml"), Path("rules/20-客服.yaml")}
    assert package / "starter" == init._STARTER


def test_the_example_of_the_checkout_is_the_one_in_the_package() -> None:
    """What is committed, so that whoever edits the example to play with it is not told off; mend: `make starter`."""
    top = Path(cli.__file__).parents[1]
    if shutil.which("git") is None or not (top / ".git").exists():
        pytest.skip("no checkout")

    def blobs(folder: str) -> dict[str, str]:
        names = ("rules", "templates", "files", "config.example.yaml")
        command = ["git", "-C", str(top / folder), "ls-files", "-sz", "--", *names]
        listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return {line.split("\t")[1]: line.split()[1] for line in listed.split("\0") if line}

    assert blobs(".") == blobs("ruleswx/starter")
