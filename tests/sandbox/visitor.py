"""A small, well-behaved web client, written for these tests alone.

Not the product's client: the sandbox must be judged by something that shares no
code with it.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import httpx
import trio
import trio.testing

from ruleswx.sandbox import World, make_app

CGI = "/cgi-bin/mmwebwx-bin"
EXTRA = "lang=zh_CN"


class Visitor:
    """Logs in and talks; every method is one request."""

    def __init__(self, world: World, client: httpx.AsyncClient) -> None:
        self.world = world
        self.http = client
        self.secrets: dict[str, str] = {}
        self.me = ""
        self.key: dict[str, Any] = {}
        self.count = 0

    @property
    def base(self) -> dict[str, Any]:
        return {
            "Uin": int(self.secrets["wxuin"]),
            "Sid": self.secrets["wxsid"],
            "Skey": self.secrets["skey"],
            "DeviceID": "e012345678901234",
        }

    async def jslogin(self) -> str:
        query = "appid=wx782c26e4c19acffb&redirect_uri=https%3A%2F%2Fwx.qq.com&fun=new&lang=zh_CN&_=1"
        text = (await self.http.get(f"/jslogin?{query}")).text
        return re.search(r'uuid = "(.+?)"', text)[1]  # type: ignore[index]

    async def poll(self, uuid: str, tip: int = 0) -> str:
        return (await self.http.get(f"{CGI}/login?loginicon=true&uuid={uuid}&tip={tip}&r=1&_=1")).text

    async def redeem(self, text: str, extra: str = "&fun=new&version=v2", **headers: str) -> httpx.Response:
        uri = re.search(r'redirect_uri="(.+?)"', text)[1]  # type: ignore[index]
        reply = await self.http.get(uri + extra, headers=headers)
        self.secrets = dict(re.findall(r"<(\w+)>([^<]*)</\1>", reply.text))
        return reply

    async def login(self) -> dict[str, Any]:
        uuid = await self.jslogin()
        if not self.world.options.auto:
            self.world.confirm()
        tip = 1
        text = ""
        while "redirect_uri" not in text:
            text = await self.poll(uuid, tip)
            tip = 0
        await self.redeem(text)
        return await self.init()

    async def post(self, endpoint: str, body: dict[str, Any], query: str = EXTRA) -> dict[str, Any]:
        content = json.dumps({"BaseRequest": self.base, **body}, ensure_ascii=False).encode()
        return json.loads((await self.http.post(f"{CGI}/{endpoint}?{query}", content=content)).content)

    async def init(self) -> dict[str, Any]:
        reply = await self.post("webwxinit", {})
        if reply["BaseResponse"]["Ret"] == 0:
            self.me, self.key = reply["User"]["UserName"], reply["SyncKey"]
            self.secrets["skey"] = reply["SKey"]
        return reply

    async def notify(self) -> dict[str, Any]:
        ids = {"FromUserName": self.me, "ToUserName": self.me, "ClientMsgId": 1}
        return await self.post("webwxstatusnotify", {"Code": 3, **ids})

    async def contacts(self, seq: int = 0) -> dict[str, Any]:
        query = f"seq={seq}&skey={quote(self.secrets['skey'])}&r=1"
        return json.loads((await self.http.get(f"{CGI}/webwxgetcontact?{query}")).content)

    async def batch(self, *names: str, room: str = "") -> list[dict[str, Any]]:
        items = [{"UserName": name, "EncryChatRoomId": room} for name in names]
        body = {"Count": len(items), "List": items}
        return (await self.post("webwxbatchgetcontact", body, "type=ex&r=1"))["ContactList"]

    async def check(self, key: dict[str, Any] | None = None) -> tuple[str, str]:
        pairs = "|".join(f"{each['Key']}_{each['Val']}" for each in (key or self.key)["List"])
        query = {
            "r": "1",
            "skey": self.secrets["skey"],
            "sid": self.secrets["wxsid"],
            "uin": self.secrets["wxuin"],
            "deviceid": "e012345678901234",
            "synckey": pairs,
            "_": "1",
        }
        text = (await self.http.get(f"{CGI}/synccheck", params=query)).text
        return re.search(r'retcode:"(-?\d+)",selector:"(\d+)"', text).groups()  # type: ignore[union-attr,return-value]

    async def sync(self, key: dict[str, Any] | None = None) -> dict[str, Any]:
        query = f"sid={quote(self.secrets['wxsid'], safe='')}&skey={quote(self.secrets['skey'])}&{EXTRA}"
        reply = await self.post("webwxsync", {"SyncKey": key or self.key, "rr": 1}, query)
        if reply["BaseResponse"]["Ret"] == 0:
            self.key = reply["SyncKey"] if reply["SyncKey"]["Count"] else self.key
            self.secrets["skey"] = reply["SKey"] or self.secrets["skey"]
        return reply

    def msg(self, to: str, **fields: Any) -> dict[str, Any]:
        self.count += 1
        number = str(17_000_000_000_000_000 + self.count)
        ids = {"FromUserName": self.me, "ToUserName": to, "LocalID": number, "ClientMsgId": number}
        return {**ids, **fields}

    async def send(self, to: str, text: str, **fields: Any) -> dict[str, Any]:
        msg = self.msg(to, Type=1, Content=text, **fields)
        return await self.post("webwxsendmsg", {"Msg": msg, "Scene": 0})

    async def find(self, nick: str) -> str:
        everybody = (await self.contacts())["MemberList"]
        return next(each["UserName"] for each in everybody if each["NickName"].startswith(nick))


async def held(nursery: trio.Nursery, call: Any, *args: Any) -> list[Any]:
    """Start a request that will be held, and let it reach the server."""
    result: list[Any] = []

    async def run() -> None:
        result.append(await call(*args))

    nursery.start_soon(run)
    await trio.testing.wait_all_tasks_blocked()
    return result


def open_visitor(world: World, base: str = "http://sandbox") -> Visitor:
    """Return a client wired to a world in process."""
    transport = httpx.ASGITransport(app=make_app(world))
    return Visitor(world, httpx.AsyncClient(transport=transport, base_url=base))
