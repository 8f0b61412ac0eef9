"""The proxy for unmodified clients leads to the sandbox and nowhere else."""

from __future__ import annotations

import json
import ssl
from pathlib import Path

import httpx
import pytest
import trio

from ruleswx.sandbox import World
from ruleswx.sandbox.command import run_sandbox
from ruleswx.sandbox.proxy import Gateway, serve_gateway
from tests.sandbox.test_server import Told

PATH = "/jslogin?appid=wx782c26e4c19acffb&redirect_uri=x"


async def test_the_service_s_names_lead_here_and_others_nowhere(nursery: trio.Nursery, tmp_path: Path) -> None:
    world = World(auto=True)
    gateway: Gateway = await nursery.start(serve_gateway, world, tmp_path)
    trust = ssl.create_default_context(cafile=str(gateway.authority))
    async with httpx.AsyncClient(proxy=gateway.proxy, verify=trust) as client:
        for host in ("login.wx.qq.com", "login.weixin.qq.com", "web2.wechat.com"):
            reply = await client.get(f"https://{host}{PATH}")
            assert "QRLogin.code = 200" in reply.text
        assert "QRLogin.code = 200" in (await client.get(f"http://wx.qq.com{PATH}")).text
        with pytest.raises(httpx.ProxyError):
            await client.get("https://example.com/")
        assert (await client.get("http://example.com/")).status_code == 403
        uuid = reply.text.partition('uuid = "')[2].partition('"')[0]
        picture = await client.get(f"https://login.weixin.qq.com/qrcode/{uuid}")
        assert picture.content.startswith(b"\x89PNG")


async def test_the_command_can_open_the_gateway(nursery: trio.Nursery, tmp_path: Path) -> None:
    out = Told()

    async def run() -> None:
        await run_sandbox(0, True, None, out, gateway=str(tmp_path))

    nursery.start_soon(run)
    with trio.fail_after(10):
        await out.told.wait()
    line = json.loads(out.getvalue())
    assert line["environment"]["HTTPS_PROXY"].startswith("http://127.0.0.1:")
    assert Path(line["environment"]["REQUESTS_CA_BUNDLE"]).is_file()
