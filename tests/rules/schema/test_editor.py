"""A real YAML language server reads our schema: hover texts, completion, red lines.

It is a program of Node's, so it is fetched only when asked for: `RULESWX_EDITOR_TEST=1 pytest tests/rules/schema`.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ruleswx.rules.schema import rule_file_schema
from tests.npm import install

pytestmark = pytest.mark.skipif(
    os.environ.get("RULESWX_EDITOR_TEST") != "1" or not shutil.which("npm"),
    reason="fetches yaml-language-server; set RULESWX_EDITOR_TEST=1",
)

TEXT = """\
# yaml-language-server: $schema=./ruleswx.schema.json
reply:
  - rule: 问价
    when:
      sender: '@'
      contains: [价格, 0571]
      contain: x
      \n    do:
      reply: 9 元
"""


class Server:
    """Just enough of the protocol: requests, notifications, waiting for one of either."""

    def __init__(self, command: list[str]) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last = 0

    def send(self, method: str, params: object, *, request: bool = False) -> int:
        message: dict[str, Any] = {"jsonrpc": "2.0", "method": method, "params": params}
        if request:
            self.last += 1
            message["id"] = self.last
        data = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()
        return self.last

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while line := self.process.stdout.readline().strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return json.loads(self.process.stdout.read(length))

    def ask(self, method: str, params: object) -> Any:
        number = self.send(method, params, request=True)
        while True:
            message = self.read()
            if message.get("id") == number and "method" not in message:
                return message.get("result")
            self.answer(message)

    def answer(self, message: dict[str, Any]) -> None:
        """The server asks too: it wants settings and registrations; nothing is fine."""
        if "id" in message and "method" in message:
            result = (
                [None] * len(message["params"]["items"]) if message["method"] == "workspace/configuration" else None
            )
            data = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()
            assert self.process.stdin is not None
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
            self.process.stdin.flush()

    def diagnostics(self) -> list[dict[str, Any]]:
        while True:
            message = self.read()
            if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["diagnostics"]:
                return list(message["params"]["diagnostics"])
            self.answer(message)


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    programs = install("yaml-language-server@1", tmp_path) / ".bin"
    (tmp_path / "ruleswx.schema.json").write_text(json.dumps(rule_file_schema("en")), "utf-8")
    path = tmp_path / "a.yaml"
    path.write_text(TEXT, "utf-8")
    server = Server([str(programs / "yaml-language-server"), "--stdio"])
    capabilities = {"textDocument": {"hover": {}, "completion": {"completionItem": {"snippetSupport": True}}}}
    server.ask("initialize", {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": capabilities})
    server.send("initialized", {})
    document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": TEXT}
    server.send("textDocument/didOpen", {"textDocument": document})
    yield server, path.as_uri()
    server.process.kill()
    server.process.communicate()


def test_hover_completion_and_red_lines_come_from_the_schema(editor: tuple[Server, str]) -> None:
    server, uri = editor
    found = server.diagnostics()
    assert [d["range"]["start"]["line"] for d in found] == [6]
    assert "contain" in found[0]["message"]

    at = {"textDocument": {"uri": uri}, "position": {"line": 5, "character": 8}}
    hover = server.ask("textDocument/hover", at)
    assert "contains any of these" in json.dumps(hover)

    at = {"textDocument": {"uri": uri}, "position": {"line": 7, "character": 6}}
    offered = server.ask("textDocument/completion", at)
    labels = {item["label"] for item in offered["items"]}
    assert {"regex", "starts", "MsgType", "mention", "hours"} <= labels
    assert "contains" not in labels
