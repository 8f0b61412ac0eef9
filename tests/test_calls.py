"""An effect becomes a request, an answer an outcome; secrets go in last and come out first."""

import json
from typing import Any

import pytest
import trio

from ruleswx.calls import build_call, call, host_of, read_answer
from ruleswx.errors import (
    AnswerTooLarge,
    ConnectFailed,
    ConnectionLost,
    HostRefused,
    LocalProtocolError,
    RemoteProtocolError,
    TimedOut,
)
from ruleswx.model import CallHttp
from ruleswx.protocol.wire import Request, Response
from ruleswx.redact import Secret
from ruleswx.rules.engine import Outcome
from ruleswx.rules.trace import say

MARK = "0123456789abcdef"
SECRETS = {"KEY": Secret('va"lue-1'), "短": Secret("abc")}


def key(name: str) -> str:
    return f"{MARK}{name}{MARK}"


def effect(url: str = "https://a.example/x", body: Any = None, **headers: str) -> CallHttp:
    return CallHttp("POST", url, headers, body, 5.0, MARK, "规则", "t")


def answered(body: bytes, status: int = 200, **headers: str) -> Outcome:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return read_answer(Response(status, names, body), "a.example", SECRETS)


def test_secrets_stand_where_their_marks_were() -> None:
    url = f"https://a.example/{key('KEY')}?k={key('%E7%9F%AD')}"
    request = build_call(
        effect(url, {"a": [key("KEY"), {"b": f"x{key('KEY')}y"}], "n": 1}, A=f"Bearer {key('KEY')}"), SECRETS
    )
    assert request.url == "https://a.example/va%22lue-1?k=abc"
    assert request.headers["A"] == 'Bearer va"lue-1'
    assert json.loads(request.body) == {"a": ['va"lue-1', {"b": 'xva"lue-1y'}], "n": 1}


def test_the_authors_headers_win_over_ours() -> None:
    headers = build_call(effect(body={}, **{"content-type": "application/x", "ACCEPT": "b"}), {}).headers
    assert headers == {"User-Agent": "ruleswx", "content-type": "application/x", "ACCEPT": "b"}


def test_without_a_body_none_is_sent() -> None:
    request = build_call(effect(), {})
    assert (request.body, "Content-Type" in request.headers) == (b"", False)


def test_a_mark_of_somebody_elses_is_only_text() -> None:
    assert (
        build_call(effect(A="ffffKEYffff {{ secrets.KEY }}"), SECRETS).headers["A"] == "ffffKEYffff {{ secrets.KEY }}"
    )


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": [1, 2.5, null, true]}', {"a": [1, 2.5, None, True]}),
        (b'"text"', "text"),
        (b"12", 12),
        (b"", ""),
        (b"plain", "plain"),
        (b"\xef\xbb\xbf{}", {}),
        (b"{'a': 1}", "{'a': 1}"),
        (b"NaN", "NaN"),
        (b"bad \xff byte", "bad \ufffd byte"),
        ('{"名": "好"}'.encode(), {"名": "好"}),
    ],
)
def test_json_is_json_and_everything_else_is_text(body: bytes, value: Any) -> None:
    assert answered(body) == Outcome("done", value)


def test_chinese_of_old() -> None:
    assert answered("价格".encode("gbk"), content_type="text/html; charset=GBK").value == "价格"
    assert answered("价格".encode(), content_type="text/html; charset=no-such").value == "价格"


def test_too_deep_an_answer_is_none() -> None:
    assert answered(b"[" * 50 + b"]" * 50).kind == "done"
    assert answered(b"[" * 51 + b"]" * 51).kind == "failed"
    assert answered(b"[" * 100_000 + b"]" * 100_000).value is not None, "what is no JSON is text"


def test_secrets_thrown_back_are_taken_out() -> None:
    assert answered(b'you sent va"lue-1').value == "you sent ***"
    assert answered(b'{"echo": "va\\"lue-1"}').value == {"echo": "***"}
    assert answered(b"abc").value == "abc", "too short to be one"


@pytest.mark.parametrize(
    ("status", "headers", "words"),
    [
        (
            301,
            {"location": "https://b.example/secret"},
            "a.example redirects to https://b.example (HTTP 301), which is",
        ),
        (302, {"location": "/other"}, "a.example redirects to a.example (HTTP 302), which is"),
        (404, {}, 'a.example answered HTTP 404: no ***, token="***"'),
        (100, {}, "a.example answered HTTP 100"),
    ],
)
def test_other_statuses_are_failures(status: int, headers: dict[str, str], words: str) -> None:
    outcome = answered(b'no\n va"lue-1, token="abcdefgh"', status, **headers)
    assert outcome.because is not None
    assert say(outcome.because, "en").startswith(words)
    assert "secret" not in say(outcome.because, "zh")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (HostRefused("a.example"), "a.example is no public address; http steps do not reach into private networks"),
        (TimedOut("read"), "a.example did not answer within 5 s"),
        (ConnectFailed("ConnectError: a.example:443: refused"), "cannot connect to a.example: refused"),
        (
            ConnectFailed("ConnectError: TLS with a.example: bad"),
            "cannot connect to a.example: TLS with a.example: bad",
        ),
        (ConnectionLost("x", after_write=True), "the connection to a.example was lost"),
        (LocalProtocolError("Illegal header value va"), "the address or a header for a.example cannot be sent"),
        (AnswerTooLarge("x"), "the answer of a.example is larger than 256 KiB"),
        (RemoteProtocolError("x"), "the answer of a.example cannot be read"),
    ],
)
async def test_what_networks_do_is_an_outcome(error: Exception, words: str) -> None:
    async def send(_request: Request) -> Response:
        await trio.lowlevel.checkpoint()
        raise error

    outcome = await call(effect(), send, SECRETS)
    assert outcome.kind == "failed"
    assert outcome.because is not None
    assert say(outcome.because, "en") == words
    assert "{" not in say(outcome.because, "zh")


async def test_a_secret_that_is_gone_sends_nothing() -> None:
    async def send(_request: Request) -> Response:
        raise AssertionError

    outcome = await call(effect(A=key("OLD")), send, SECRETS)
    assert outcome.because is not None
    assert say(outcome.because, "en") == "the configuration has no secret called OLD any more"


def test_people_see_the_host_only() -> None:
    assert host_of("https://a.example:8443/what/they?said") == "a.example"
    assert host_of("nonsense") == "?"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"asked /?k=abc%2Fdef%2Bghi%3D", "asked /?k=***"),
        (b'{"echo": "abc\\/def+ghi="}', {"echo": "***"}),
        (b'[{"\\u0061bc/def+ghi=": "\\u0061bc/def+ghi="}]', [{"***": "***"}]),
        (b"abc/def+ghi=more", "***"),
    ],
)
def test_a_secret_thrown_back_is_taken_out_however_it_is_written(body: bytes, value: Any) -> None:
    secrets = {"short": Secret("abc/def+ghi="), "long": Secret("abc/def+ghi=more")}
    assert read_answer(Response(200, {}, body), "a.example", secrets).value == value
