"""Files in both directions."""

from __future__ import annotations

import hashlib
import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pytest

from ruleswx.sandbox import World
from tests.sandbox.visitor import CGI, Visitor, open_visitor

PIECE = 524_288


@pytest.fixture
def world() -> World:
    return World(auto=True, strict=True)


@pytest.fixture
async def visitor(world: World) -> Visitor:
    visitor = open_visitor(world)
    await visitor.login()
    return visitor


async def piece(
    visitor: Visitor, data: bytes, whole: bytes, name: str, *, index: int = 0, chunks: int = 1, **changes: Any
) -> httpx.Response:
    request = {
        "UploadType": 2,
        "BaseRequest": visitor.base,
        "ClientMediaId": len(whole) + 1_700_000_000_000,
        "TotalLen": len(whole),
        "StartPos": 0,
        "DataLen": len(whole),
        "MediaType": 4,
        "FromUserName": visitor.me,
        "ToUserName": "filehelper",
        "FileMd5": hashlib.md5(whole).hexdigest(),
        **changes.pop("request", {}),
    }
    form = {
        "id": "WU_FILE_0",
        "name": name,
        "type": "image/png",
        "lastModifiedDate": "Mon Jan 02 2023 15:04:05 GMT+0800 (CST)",
        "size": str(len(whole)),
        "mediatype": "doc",
        "uploadmediarequest": json.dumps(request),
        "webwx_data_ticket": visitor.http.cookies["webwx_data_ticket"],
        "pass_ticket": unquote(visitor.secrets["pass_ticket"]),
        **({"chunk": str(index), "chunks": str(chunks)} if chunks > 1 else {}),
        **changes,
    }
    parts: list[tuple[str, Any]] = [(key, (None, value)) for key, value in form.items()]
    parts.append(("filename", ("file.bin", data, "application/octet-stream")))
    return await visitor.http.post(f"{CGI}/webwxuploadmedia?f=json", files=parts)


async def upload(visitor: Visitor, data: bytes, name: str, **changes: Any) -> dict[str, Any]:
    pieces = [data[start : start + PIECE] for start in range(0, len(data), PIECE)]
    reply: dict[str, Any] = {}
    for index, part in enumerate(pieces):
        reply = (await piece(visitor, part, data, name, index=index, chunks=len(pieces), **changes)).json()
        assert bool(reply["MediaId"]) == (index + 1 == len(pieces)) or reply["BaseResponse"]["Ret"]
    return reply


def appmsg(name: str, size: int, media_id: str) -> str:
    return (
        f"<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>{name}</title><des></des><action></action>"
        f"<type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>{size}</totallen>"
        f"<attachid>{media_id}</attachid><fileext>pdf</fileext></appattach><extinfo></extinfo></appmsg>"
    )


async def deliver(visitor: Visitor, endpoint: str, query: str, **msg: Any) -> dict[str, Any]:
    body = {"Msg": visitor.msg("filehelper", **msg), "Scene": msg.pop("Scene", 0)}
    return await visitor.post(endpoint, body, query)


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 1_500_000])
async def test_a_file_arrives_with_every_byte(world: World, visitor: Visitor, size: int) -> None:
    data = world.rng.randbytes(size)
    reply = await upload(visitor, data, "报告 & 附件.pdf")
    assert reply["StartPos"] == size
    content = appmsg("报告 &amp; 附件.pdf", size, reply["MediaId"])
    sent = await deliver(visitor, "webwxsendappmsg", "fun=async&f=json", Type=6, Content=content)
    assert sent["BaseResponse"]["Ret"] == 0
    (entry,) = world.sent()
    assert (entry["type"], entry["text"], entry["name"]) == ("file", "报告 & 附件.pdf", "报告 & 附件.pdf")
    assert entry["sha256"] == hashlib.sha256(data).hexdigest()
    assert world.violations == []


@pytest.mark.parametrize(
    ("address", "msg", "kind"),
    [
        ("webwxsendmsgimg?fun=async&f=json", {"Type": 3, "Content": ""}, "image"),
        ("webwxsendvideomsg?fun=async&f=json", {"Type": 43, "Content": ""}, "video"),
        ("webwxsendemoticon?fun=sys", {"Type": 47, "EmojiFlag": 2}, "emoticon"),
    ],
)
async def test_what_was_uploaded_can_be_sent(
    world: World, visitor: Visitor, address: str, msg: dict[str, Any], kind: str
) -> None:
    media_id = (await upload(visitor, b"some bytes", "a.bin"))["MediaId"]
    await deliver(visitor, *address.split("?"), MediaId=media_id, **msg)
    assert [(each["type"], each["size"]) for each in world.sent()] == [(kind, 10)]
    assert world.violations == []


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"webwx_data_ticket": "x"}, "webwx_data_ticket"),
        ({"size": "3"}, "size"),
        ({"mediatype": "image"}, "mediatype"),
        ({"request": {"FileMd5": "0" * 32}}, "FileMd5"),
        ({"request": {"TotalLen": "10"}}, "uploadmediarequest"),
        ({"request": {"ToUserName": "@old"}}, "ToUserName"),
        ({"request": {"DataLen": 3}}, "uploadmediarequest"),
    ],
)
async def test_an_upload_that_contradicts_itself(
    world: World, visitor: Visitor, change: dict[str, Any], rule: str
) -> None:
    await piece(visitor, b"some bytes", b"some bytes", "a.bin", **change)
    assert [each["rule"] for each in world.violations] == [rule]


async def test_pieces_come_in_order_and_may_be_repeated(world: World, visitor: Visitor) -> None:
    data = bytes(PIECE) + b"end"
    assert (await piece(visitor, b"end", data, "a.bin", index=1, chunks=2)).json()["BaseResponse"]["Ret"] == 1
    for _ in range(2):
        await piece(visitor, data[:PIECE], data, "a.bin", index=0, chunks=2)
    replies = [(await piece(visitor, b"end", data, "a.bin", index=1, chunks=2)).json() for _ in range(2)]
    assert replies[0]["MediaId"]
    assert replies[0] == replies[1]
    assert [each["rule"] for each in world.violations] == ["chunk order"]


async def test_too_much_at_once_is_a_502(world: World, visitor: Visitor) -> None:
    data = bytes(PIECE + 1)
    assert (await piece(visitor, data, data, "a.bin")).status_code == 502


async def test_large_files_need_the_check(world: World, visitor: Visitor) -> None:
    size, md5 = 25 * 1024 * 1024 + 1, "0" * 32
    large = {"TotalLen": size, "DataLen": size, "FileMd5": md5}
    form: dict[str, Any] = {"size": str(size), "chunks": 51}
    reply = await piece(visitor, bytes(PIECE), b"", "a.zip", request=large, **form)
    assert reply.json()["BaseResponse"]["Ret"] == 1
    body = {"FileMd5": md5, "FileName": "a.zip", "FileSize": size, "FileType": 7}
    check = await visitor.post("webwxcheckupload", {**body, "FromUserName": visitor.me, "ToUserName": "filehelper"})
    large |= {"AESKey": check["AESKey"], "Signature": check["Signature"]}
    reply = await piece(visitor, bytes(PIECE), b"", "a.zip", request=large, **form)
    assert reply.json()["BaseResponse"]["Ret"] == 0
    assert [each["rule"] for each in world.violations] == ["Signature"]


async def test_a_picture_can_be_fetched_and_forwarded_by_its_xml(world: World, visitor: Visitor) -> None:
    data = b"\xff\xd8\xff\xe0 not really"
    msg_id = world.send("老王", "image", data=b64encode(data).decode(), name="a.jpg")
    (message,) = (await visitor.sync())["AddMsgList"]
    skey = quote(visitor.secrets["skey"])
    reply = await visitor.http.get(f"{CGI}/webwxgetmsgimg?MsgID={msg_id}&skey={skey}")
    assert reply.content == data
    assert (await visitor.http.get(f"{CGI}/webwxgetmsgimg?msgid={msg_id}&skey={skey}&type=slave")).content != data
    xml = message["Content"].replace("<br/>", "").replace("&lt;", "<").replace("&gt;", ">")
    body = {"Msg": visitor.msg("filehelper", Type=3, MediaId="", Content=xml), "Scene": 2}
    await visitor.post("webwxsendmsgimg", body, "fun=async&f=json")
    assert world.sent()[0]["sha256"] == hashlib.sha256(data).hexdigest()
    assert world.violations == []


async def test_voice_video_and_file_can_be_fetched(world: World, visitor: Visitor) -> None:
    voice = world.send("老王", "voice", size=2000)
    video = world.send("老王", "video", size=3000)
    world.send("老王", "file", name="笔记.pdf", size=4000)
    messages = (await visitor.sync())["AddMsgList"]
    skey = quote(visitor.secrets["skey"])
    assert len((await visitor.http.get(f"{CGI}/webwxgetvoice?msgid={voice}&skey={skey}")).content) == 2000
    address = f"{CGI}/webwxgetvideo?msgid={video}&skey={skey}"
    reply = await visitor.http.get(address, headers={"range": "bytes=0-"})
    assert (reply.status_code, len(reply.content)) == (206, 3000)
    assert reply.headers["content-range"] == "bytes 0-2999/3000"
    file = messages[2]
    assert (file["FileName"], file["FileSize"], file["AppMsgType"]) == ("笔记.pdf", "4000", 6)
    query = {
        "sender": file["FromUserName"],
        "mediaid": file["MediaId"],
        "encryfilename": unquote(file["EncryFileName"]),
        "fromuser": visitor.secrets["wxuin"],
        "pass_ticket": "undefined",
        "webwx_data_ticket": visitor.http.cookies["webwx_data_ticket"],
    }
    assert len((await visitor.http.get(f"{CGI}/webwxgetmedia", params=query)).content) == 4000
    assert world.violations == []
    assert (await visitor.http.get(address)).content == b""
    assert [each["rule"] for each in world.violations] == ["Range"]


async def test_avatars(world: World, visitor: Visitor) -> None:
    for contact in (await visitor.contacts())["MemberList"]:
        reply = await visitor.http.get(contact["HeadImgUrl"])
        assert reply.content.startswith(b"\xff\xd8")
    assert world.violations == []
