"""Every key of config.yaml is checked, wrong ones are findings at their place, and paths and secrets are resolved."""

from datetime import timedelta
from pathlib import Path

import pytest

from ruleswx.catalogue import render
from ruleswx.config import Config, config_schema, is_loopback, load_config
from ruleswx.transport.connect import parse_proxy

ROOT = Path(__file__).parents[1]


def load(folder: Path, text: str, **env: str) -> tuple[Config | None, list[str]]:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / "a.yaml").touch()
    (folder / "config.yaml").write_text(text, "utf-8")
    config, findings = load_config(str(folder / "config.yaml"), env)
    return config, [f"{f.place.line}:{f.place.column} {f.code}" for f in findings]


def test_the_shipped_example_is_clean() -> None:
    config, findings = load_config(str(ROOT / "config.example.yaml"), {})
    assert findings == ()
    assert config is not None
    assert config.sandbox
    assert config.loopback
    assert config.pace.name == "careful"
    assert config.admins == ("老板",)
    assert config.max_age == timedelta(minutes=2)


def test_defaults_fill_what_is_left_out(tmp_path: Path) -> None:
    config, findings = load(tmp_path, "wechat: {endpoint: 'https://wx.qq.com'}")
    assert findings == []
    assert config is not None
    assert not config.loopback
    assert config.zone.key == "Asia/Shanghai"
    assert config.lang == "zh"
    assert config.state == tmp_path / "state"
    assert config.keep_traces == 500
    assert config.rule_paths() == (str(tmp_path / "rules" / "a.yaml"),)


@pytest.mark.parametrize(
    ("line", "finding"),
    [
        ("wechat: {endpoint: wx.qq.com}", "1:20 E301"),
        ("wechat: {endpoint: 'https://wx.qq.com/x'}", "1:20 E301"),
        ("wechat: {endpoint: 'http://wx.qq.com'}", "1:20 E302"),
        ("wechat: {endpoint: sandbox, proxy: 'ftp://x'}", "1:36 E303"),
        ("wechat: {endpoint: sandbox, proxy: 'http://h:99999999'}", "1:36 E303"),
        ("wechat: {endpoint: sandbox, proxy: 'http://h:65536'}", "1:36 E303"),
        ("wechat: {endpoint: sandbox, proxy: 'http://h:0'}", "1:36 E303"),
        ("wechat: {endpoint: sandbox, proxy: 'http://h:1:2'}", "1:36 E303"),
        ("wechat: {endpoint: sandbox, proxy: 'http://[::1'}", "1:36 E303"),
        ("wechat: {endpoint: sandbox, mode: phone}", "1:35 E115"),
        ("wechat: {endpoint: sandbox, endpoint: sandbox}", "1:29 E104"),
        ("wechat: {endpoint: sandbox}\ntz: Beijing", "2:5 E304"),
        ("wechat: {endpoint: sandbox}\nlang: english", "2:7 E115"),
        ("wechat: {endpoint: sandbox}\npage: 8420", "2:7 E305"),
        ("wechat: {endpoint: sandbox}\npage: 0.0.0.0:8420", "2:7 E306"),
        ("wechat: {endpoint: sandbox}\nnotify: {webhook: 'http://example.com/x'}", "2:19 E307"),
        ("wechat: {endpoint: sandbox}\nkeep: {traces: many}", "2:16 E308"),
        ("wechat: {endpoint: sandbox}\nkeep: {media: yes}", "2:15 E325"),
        ("wechat: {endpoint: sandbox}\nkeep: {media: 0MB}", "2:15 E325"),
        ("wechat: {endpoint: sandbox}\nsecrets: {A: {}}", "2:14 E309"),
        ("wechat: {endpoint: 'https://wx.qq.com'}\npace: off", "2:7 E312"),
        ("wechat: {endpoint: sandbox}\nsecrets: {A: {env: NOT_SET}}", "2:20 E313"),
        ("wechat: {endpoint: sandbox}\nsecrets: {A: {file: gone.txt}}", "2:21 E314"),
        ("wechat: {endpoint: sandbox}\nrules: [rules/a.yaml, gone.yaml]", "2:23 E315"),
        ("wechat: {endpoint: sandbox}\nmax_age: 2 minutes", "2:10 E124"),
        ("wechat: {endpoint: sandbox}\nruls: [a.yaml]", "2:1 E101"),
        ("wechat: {endpoint: sandbox}\npace: {gap: 5s..2s}", "2:13 E126"),
    ],
)
def test_a_wrong_value_is_one_finding_at_its_place(tmp_path: Path, line: str, finding: str) -> None:
    config, findings = load(tmp_path, line)
    assert findings == [finding]
    assert config is None


@pytest.mark.parametrize(
    ("written", "size"), [("off", 0), ("500MB", 500 * 1024**2), ("2 gb", 2 * 1024**3), ("64KB", 65536)]
)
def test_received_files_may_take_so_much(tmp_path: Path, written: str, size: int) -> None:
    config, _ = load(tmp_path, f"wechat: {{endpoint: sandbox}}\nkeep: {{media: {written}}}")
    assert config is not None
    assert config.keep_media == size


def test_every_finding_has_words_in_both_languages(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("wechat:\n  endpoint: nowhere\n  proxy: x\npage: 1.2.3.4:5\n", "utf-8")
    _, findings = load_config(str(tmp_path / "config.yaml"), {})
    assert len(findings) == 3
    for finding in findings:
        assert "{" not in render(finding, "zh") + render(finding, "en")


def test_a_missing_file_names_init(tmp_path: Path) -> None:
    config, (finding,) = load_config(str(tmp_path / "config.yaml"), {})
    assert config is None
    assert "ruleswx init" in render(finding, "zh")


def test_a_pattern_without_files_is_a_warning(tmp_path: Path) -> None:
    config, findings = load(tmp_path, "wechat: {endpoint: sandbox}\nrules: none/*.yaml")
    assert findings == ["2:8 W316"]
    assert config is not None
    assert config.rule_paths() == ()


def test_globs_are_sorted_lists_keep_their_order_and_tests_are_left_out(tmp_path: Path) -> None:
    for name in ("c", "b", "x.test"):
        (tmp_path / f"{name}.yaml").touch()
    config, _ = load(tmp_path, "wechat: {endpoint: sandbox}\nrules: ['*.yaml', rules/a.yaml, c.yaml]")
    assert config is not None
    assert [Path(p).name for p in config.rule_paths()] == ["b.yaml", "c.yaml", "config.yaml", "a.yaml"]


def test_secrets_come_from_the_environment_or_a_file_and_do_not_print(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("s3cret\n", "utf-8")
    text = "wechat: {endpoint: sandbox, proxy: 'socks5://u:pw@127.0.0.1:1'}\nsecrets: {A: {env: TOKEN}, B: {file: key}}"
    config, findings = load(tmp_path, text, TOKEN="t0ken")
    assert findings == []
    assert config is not None
    assert {name: secret.reveal() for name, secret in config.secrets.items()} == {"A": "t0ken", "B": "s3cret"}
    assert not any(word in repr(config) for word in ("t0ken", "s3cret", "pw@"))


def test_programs_that_may_run_are_files_that_can(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "stock"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n", "utf-8")
    text = "wechat: {endpoint: sandbox}\ncommands: [bin/stock, /bin/sh]"
    assert load(tmp_path, text) == (None, ["2:12 E317"])
    program.chmod(0o700)
    config, findings = load(tmp_path, text)
    assert findings == []
    assert config is not None
    assert dict(config.commands) == {"bin/stock": program, "/bin/sh": Path("/bin/sh")}
    assert config.folder == tmp_path


def test_programs_are_not_looked_for_in_the_path(tmp_path: Path) -> None:
    load(tmp_path, "wechat: {endpoint: sandbox}\ncommands: [sh, gone/x]")
    _, (first, second) = load_config(str(tmp_path / "config.yaml"), {})
    assert (first.code, first.args["near"].endswith("/sh")) == ("E317", True)
    assert (second.code, "near" in second.args) == ("E317", False)
    assert "没有这个文件" in render(second, "zh")


def test_a_custom_pace_changes_only_what_it_says(tmp_path: Path) -> None:
    config, _ = load(tmp_path, "wechat: {endpoint: sandbox}\npace: {gap: 1s..2s, day: 10}")
    assert config is not None
    assert (config.pace.gap, config.pace.day, config.pace.minute) == ((1.0, 2.0), 10, 20)


def test_keys_without_effect_yet_are_listed(tmp_path: Path) -> None:
    config, _ = load(tmp_path, "wechat: {endpoint: sandbox}\npage: 127.0.0.1:8420")
    assert config is not None
    assert config.not_built == ("page",)


def test_templates_are_named_by_their_files(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "菜单.j2").write_text("你好", "utf-8")
    (tmp_path / "templates" / "notes.txt").write_text("x", "utf-8")
    config, _ = load(tmp_path, "wechat: {endpoint: sandbox}")
    assert config is not None
    assert config.template_sources() == {"菜单": "你好"}


@pytest.mark.parametrize(
    ("host", "here"), [("127.0.0.1", True), ("[::1]", True), ("localhost", True), ("wx.qq.com", False)]
)
def test_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_the_schema_names_every_key_with_a_hover_text() -> None:
    schema = config_schema()
    assert set(schema["properties"]) >= {"wechat", "rules", "pace", "keep", "secrets", "commands"}
    assert all(p.get("description") or "$ref" in str(p) or "anyOf" in p for p in schema["properties"].values())


@pytest.mark.parametrize("proxy", ["http://h", "socks5://u:p@h:1080/", "https://[::1]:65535", "socks5h://127.0.0.1:1"])
def test_a_proxy_that_passes_can_be_used(tmp_path: Path, proxy: str) -> None:
    config, findings = load(tmp_path, f"wechat: {{endpoint: sandbox, proxy: '{proxy}'}}")
    assert config is not None, findings
    assert config.proxy is not None
    assert parse_proxy(config.proxy.reveal()).origin.port
