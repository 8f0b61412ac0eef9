"""What config.yaml may contain, key by key: text in, typed values out, each refusal with its own code.

It must not know the disk or the environment: whether a file or a secret is there is `load`'s business.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema

from ruleswx.diagnostics import Lang
from ruleswx.ratelimit import PROFILES
from ruleswx.rules.shape import (
    PLAIN,
    Count,
    Duration,
    Flag,
    OneOrMany,
    Shape,
    Span,
    SpanText,
    Text,
    bad,
    choice,
    doc,
    one_of,
)

__all__ = ["ConfigShape", "config_schema", "is_loopback"]

_HIGHEST_PORT = 65535


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine itself; a name other than localhost is not resolved."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _string(value: object) -> str:
    if not isinstance(value, str):
        bad("E116", want="@text", got="@mapping" if isinstance(value, dict) else "@list")
    return value.strip()


def _origin(text: str) -> tuple[str, str] | None:
    """(scheme, host) of an origin without path, query or user; None when it is none."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return None
    bare = parts.path in {"", "/"} and not parts.query and not parts.fragment and "@" not in parts.netloc
    if parts.scheme not in {"http", "https"} or not parts.hostname or not bare or port == 0:
        return None
    return (parts.scheme, parts.hostname) if re.fullmatch(r"[A-Za-z0-9.:-]+", parts.hostname) else None


def _endpoint(value: object) -> str:
    text = _string(value)
    if text == "sandbox":
        return text
    found = _origin(text)
    if not found:
        near = f"https://{text.partition('/')[0]}" if re.fullmatch(r"[\w.-]+\.\w+(/.*)?", text) else ""
        bad("E301", value=text, **({"near": near} if near else {}))
    if found[0] == "http" and not is_loopback(found[1]):
        bad("E302", value=text, near=text.replace("http:", "https:", 1))
    return text.rstrip("/")


_PROXY = re.compile(r"(?:https?|socks5h?)://(?:[^/@\s]+@)?(?:[A-Za-z0-9.\-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?/?")


def _proxy(value: object) -> str:
    text = _string(value)
    if text in {"none", "environment"}:
        return text
    found = _PROXY.fullmatch(text)
    if not found or not 0 < int(found[1] or 1) <= _HIGHEST_PORT:
        bad("E303")
    return text


def _zone(value: object) -> ZoneInfo:
    text = _string(value)
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        near = {
            "beijing": "Asia/Shanghai",
            "北京": "Asia/Shanghai",
            "cst": "Asia/Shanghai",
            "shanghai": "Asia/Shanghai",
        }
        bad("E304", value=text, near=near.get(text.rpartition("/")[2].casefold(), "Asia/Shanghai"))


def _page(value: object) -> tuple[str, int] | None:
    text = _string(value)
    if text == "off":
        return None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or not 0 <= int(port) <= _HIGHEST_PORT or not host:
        bad("E305", value=text)
    if not is_loopback(host):
        bad("E306", value=text, near=f"127.0.0.1:{port}")
    return host.strip("[]"), int(port)


def _webhook(value: object) -> str:
    text = _string(value)
    parts = urlsplit(text)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        bad("E307")
    if not parts.hostname:
        bad("E307")
    return text


def _traces(value: object) -> int:
    text = _string(value)
    found = re.fullmatch(r"(\d{1,6})(?:\s+per\s+outcome)?", text)
    if not found:
        bad("E308", value=text)
    return int(found[1])


def _pace(value: object) -> object:
    if isinstance(value, str):
        if value.strip() not in PROFILES:
            one_of(value.strip(), tuple(PROFILES))
        return {PLAIN: value.strip()}
    return value


class WechatShape(Shape):
    """Where the account is and how it is reached."""

    endpoint: Annotated[str, PlainValidator(_endpoint), WithJsonSchema({"type": "string"})] = doc(
        "sandbox、https://wx.qq.com 这样的网址，或本机的模拟器 http://127.0.0.1:端口。",
        "sandbox, an origin such as https://wx.qq.com, or a simulator at http://127.0.0.1:PORT.",
        ...,
    )
    mode: Annotated[str, choice({"auto": "auto", "desktop": "desktop", "web": "web"})] = doc(
        "auto：先桌面版后网页版。", "auto: desktop first, then web.", "auto"
    )
    proxy: Annotated[str, PlainValidator(_proxy), WithJsonSchema({"type": "string"})] = doc(
        "none、environment、http://… 或 socks5://…。", "none, environment, http://… or socks5://…", "none"
    )


class PaceShape(Shape):
    """A pace of one's own; what is left out is as in careful."""

    name: str | None = doc("", "", None, alias=PLAIN)
    gap: SpanText | None = doc("两次发送之间隔多久。", "between two sends.")
    chat_minute: Count | None = doc("一个聊天每分钟最多几条。", "at most so many a minute in one chat.")
    minute: Count | None = doc("每分钟最多几条。", "at most so many a minute.")
    day: Count | None = doc("每天最多几条。", "at most so many a day.")
    broadcast: SpanText | None = doc("群发时两条之间隔多久。", "between two sends of a broadcast.")

    def spans(self) -> tuple[Span | None, Span | None]:
        """The gap and the broadcast gap."""
        return self.gap, self.broadcast


class NotifyShape(Shape):
    """Whom to tell when a person is needed."""

    webhook: Annotated[str, PlainValidator(_webhook), WithJsonSchema({"type": "string"})] = doc(
        "https://… 的网址。", "an https:// address.", ...
    )


class LogShape(Shape):
    """What is logged, and how."""

    level: Annotated[str, choice({s: s for s in ("debug", "info", "warning", "error")})] = doc(
        "debug info warning error。", "debug, info, warning or error.", "info"
    )
    format: Annotated[str, choice({s: s for s in ("auto", "text", "json")})] = doc(
        "auto：终端上是文字，其他地方是 JSON。", "auto: text on a terminal, JSON lines elsewhere.", "auto"
    )


class SecretShape(Shape):
    """Where a secret is kept: an environment variable or a file, never the text of the configuration."""

    env: Text | None = doc("环境变量名。", "name of an environment variable.")
    file: Text | None = doc("文件。", "a file.")

    def model_post_init(self, _context: object, /) -> None:
        """Exactly one of them."""
        if (self.env is None) == (self.file is None):
            bad("E309")


_SIZE = re.compile(r"(\d{1,6})\s*(KB|MB|GB)", re.IGNORECASE)
_SIZES = {"kb": 1024, "mb": 1024**2, "gb": 1024**3}


def _size(value: object) -> int:
    text = _string(value)
    if text == "off":
        return 0
    found = _SIZE.fullmatch(text)
    if not found or not int(found[1]):
        bad("E325", value=text)
    return int(found[1]) * _SIZES[found[2].lower()]


class KeepShape(Shape):
    """How long things are kept."""

    messages: Duration | None = doc("消息留多久。", "how long messages are kept.")
    traces: Annotated[int, PlainValidator(_traces), WithJsonSchema({"type": ["string", "integer"]})] | None = doc(
        "每种结果留多少条记录，例如 500 per outcome。", "how many traces of each outcome, e.g. 500 per outcome."
    )
    media: Annotated[int, PlainValidator(_size), WithJsonSchema({"type": "string", "examples": ["off", "500MB"]})] = (
        doc(
            "收到的图片和文件：off 不存；500MB 存在 state/media，一共最多这么多。",
            "received pictures and files: off, or how much disk they may take in state/media, e.g. 500MB.",
            0,
        )
    )


class ConfigShape(Shape):
    """The whole file."""

    wechat: WechatShape = doc("账号。", "the account.", ...)
    rules: OneOrMany[Text] = doc("规则文件，可以用 *。", "rule files; * is allowed.", ("rules/*.yaml",))
    templates: Text = doc("模板文件夹。", "the folder of templates.", "templates")
    files: Text = doc("只有这个文件夹里的文件能往外发。", "the only folder files are sent from.", "files")
    state: Text = doc("数据文件夹。", "the folder of the bot's own data.", "state")
    tz: Annotated[ZoneInfo, PlainValidator(_zone), WithJsonSchema({"type": "string"})] = doc(
        "时区。", "time zone.", ZoneInfo("Asia/Shanghai")
    )
    lang: Annotated[str, choice({"zh": "zh", "en": "en"})] = doc(
        "机器人在聊天里自己说的话（对话提示、给管理员的通知）用中文 zh 还是英文 en；终端看系统语言或 --lang。",
        "the language of the bot's own words in chats (prompts, notices to admins), zh or en; the terminal has --lang.",
        "zh",
    )
    admins: OneOrMany[Text] | Annotated[tuple[str, ...], WithJsonSchema({"type": "array", "maxItems": 0})] = doc(
        "管理员：好友的备注或微信号。", "administrators: 备注 or 微信号 of friends.", ()
    )
    pace: Annotated[PaceShape, BeforeValidator(_pace)] = doc("发送快慢。", "how fast it may speak.", PaceShape())
    max_age: Duration | None = doc("比这更早的消息不回答。", "older messages are not answered.")
    page: Annotated[tuple[str, int] | None, PlainValidator(_page), WithJsonSchema({"type": "string"})] = doc(
        "off 或 127.0.0.1:端口。", "off or 127.0.0.1:PORT.", None
    )
    notify: NotifyShape | None = doc("出事时通知哪里。", "whom to tell.")
    log: LogShape = doc("日志。", "the log.", LogShape())
    secrets: dict[str, SecretShape] = doc("密钥。", "secrets.", {})
    commands: OneOrMany[Text] | Annotated[tuple[str, ...], WithJsonSchema({"type": "array", "maxItems": 0})] = doc(
        "run 可以运行的程序的路径。", "paths of the programs that `run` steps may start.", ()
    )
    strict_reload: Flag = doc(
        "yes：改了规则，tests 全部通过才换上。", "yes: edited rules are taken only when all `tests` pass.", False
    )
    keep: KeepShape = doc("保留多久。", "how long things are kept.", KeepShape())


def config_schema(lang: Lang | None = None) -> dict[str, Any]:
    """JSON Schema of config.yaml, for editors, with hover texts in one language or, by default, in both."""
    schema: dict[str, Any] = ConfigShape.model_json_schema(by_alias=True)
    forms = {"anyOf": [{"enum": sorted(PROFILES)}, schema["properties"]["pace"]]}
    schema["properties"]["pace"] = forms
    schema["$defs"]["PaceShape"]["properties"].pop(PLAIN, None)
    told: dict[str, Any] = schema if lang is None else _told(schema, lang)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told, "title": "ruleswx config.yaml"}


def _told(node: Any, lang: Lang) -> Any:
    """A schema with the descriptions of one language only."""
    if isinstance(node, list):
        return [_told(item, lang) for item in node]
    if not isinstance(node, dict):
        return node
    out = {key: _told(value, lang) for key, value in node.items()}
    if isinstance(said := out.get("description"), str):
        zh, _, en = said.partition("\n\n")
        out["description"] = (en or zh) if lang == "en" else zh
        if lang == "zh" and zh.isascii():
            del out["description"]
    return out


Mode = Literal["auto", "desktop", "web"]
