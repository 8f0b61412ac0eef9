import json
from typing import Any

import pytest

from ruleswx.errors import CannotSend, RemoteProtocolError
from ruleswx.protocol.media import (
    DOWNLOADED,
    build_avatar,
    build_download,
    build_file,
    build_forward,
    build_image,
    build_media,
    build_resend,
    build_video,
    build_voice,
    check_download,
    ending_of,
    parse_download,
)
from ruleswx.protocol.messages import WireMessage, parse_message
from ruleswx.protocol.upload import plan_upload
from tests.protocol.transcripts import BR, MESSAGES, PT, RNG, SK, F, G, U, answer, session, with_ticket

BASE = "https://wx2.qq.com/cgi-bin/mmwebwx-bin"
ID = "17000000620000093"
SAID: dict[str, Any] = {"local_id": ID, "now": 1700000062.0, "rng": RNG}
TAIL = f'"FromUserName":"{U}","ToUserName":"{F}","LocalID":"{ID}","ClientMsgId":"{ID}"'


def upload(kind: Any, name: str = "x", head: bytes = b"", size: int = 10240) -> Any:
    return plan_upload(kind, name, size, head, md5="m", to=F, now=0.0)


def wire(**fields: Any) -> WireMessage:
    return parse_message(json.dumps({"FromUserName": F, "ToUserName": U} | fields).encode())


@pytest.mark.parametrize(
    ("kind", "head", "path", "msg"),
    [
        ("image", b"\xff\xd8\xff", "webwxsendmsgimg?fun=async&f=json", '"Type":3,"MediaId":"@crypt_x","Content":""'),
        ("video", b"....ftypmp42", "webwxsendvideomsg?fun=async&f=json", '"Type":43,"MediaId":"@crypt_x","Content":""'),
        ("emoticon", b"GIF89a", "webwxsendemoticon?fun=sys", '"Type":47,"EmojiFlag":2,"MediaId":"@crypt_x"'),
    ],
)
def test_what_was_uploaded_is_sent_as_what_it_is(kind: str, head: bytes, path: str, msg: str) -> None:
    request = build_media(session(), upload(kind, head=head), "@crypt_x", F, **SAID)
    assert request.url == f"{BASE}/{path}&lang=zh_CN&pass_ticket={PT}"
    assert request.body.decode() == f'{{"BaseRequest":{BR},"Msg":{{{msg},{TAIL}}},"Scene":0}}'


def test_a_file_goes_as_a_card_with_its_name_escaped() -> None:
    request = build_media(session(), upload("file", "笔记&摘要.pdf", b"%PDF-"), "@crypt_x", F, **SAID)
    assert request.url == f"{BASE}/webwxsendappmsg?fun=async&f=json&mod=desktop&lang=zh_CN&pass_ticket={PT}"
    assert json.loads(request.body)["Msg"]["Content"] == (
        "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>笔记&amp;摘要.pdf</title><des></des><action></action>"
        "<type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>10240</totallen>"
        "<attachid>@crypt_x</attachid><fileext>pdf</fileext></appattach><extinfo></extinfo></appmsg>"
    )
    web = build_media(session(mode="web"), upload("file", "名"), "@crypt_x", F, **SAID)
    assert "mod=desktop" not in web.url
    assert "<fileext>undefined</fileext>" in json.loads(web.body)["Msg"]["Content"]


def test_a_big_file_carries_its_signature_last() -> None:
    from ruleswx.protocol.upload import Checked

    signed = upload("file", "大片.zip", b"PK\x03\x04", 31457280).checked(Checked("", "k", "v1synthetic"))
    assert (
        f',{TAIL},"Signature":"v1synthetic"}},"Scene":0}}'
        in build_media(session(), signed, "@m", F, **SAID).body.decode()
    )


IMAGE = (
    '&lt;?xml version="1.0"?&gt;<br/>&lt;msg&gt;<br/>\t&lt;img length="20480" cdnthumblength="4096" aeskey="a1" '
    'cdnthumburl="3052" cdnmidimgurl="3053" md5="0cc1"/&gt;<br/>&lt;/msg&gt;'
)
PLAIN_IMAGE = (
    '<?xml version="1.0"?><msg>\t<img length="20480" cdnthumblength="4096" aeskey="a1" '
    'cdnthumburl="3052" cdnmidimgurl="3053" md5="0cc1"/></msg>'
)
EMOJI = '&lt;msg&gt;&lt;emoji md5="e1" type="2"/&gt;&lt;/msg&gt;'
LINK = (
    "&lt;msg&gt;&lt;appmsg&gt;&lt;title&gt;A &amp;amp; B&lt;/title&gt;"
    "&lt;type&gt;5&lt;/type&gt;&lt;/appmsg&gt;&lt;/msg&gt;"
)


@pytest.mark.parametrize(
    ("fields", "endpoint", "msg", "scene"),
    [
        ({"MsgType": 1, "Content": "1 &lt; 2<br/>x"}, "webwxsendmsg", {"Type": 1, "Content": "1 < 2\nx"}, 2),
        (
            {"MsgType": 1, "FromUserName": G, "Content": f"{F}:<br/>hi"},
            "webwxsendmsg",
            {"Type": 1, "Content": "hi"},
            2,
        ),
        (
            {"MsgType": 1, "SubMsgType": 48, "OriContent": '&lt;msg&gt;&lt;location x="1"/&gt;&lt;/msg&gt;'},
            "webwxsendmsg",
            {"Type": 48, "Content": '<msg><location x="1"/></msg>'},
            2,
        ),
        ({"MsgType": 3, "Content": IMAGE}, "webwxsendmsgimg", {"Type": 3, "MediaId": "", "Content": PLAIN_IMAGE}, 2),
        (
            {"MsgType": 3, "FromUserName": G, "Content": f"{F}:<br/>{IMAGE}"},
            "webwxsendmsgimg",
            {"Type": 3, "MediaId": "", "Content": PLAIN_IMAGE},
            2,
        ),
        (
            {"MsgType": 62, "Content": "&lt;msg/&gt;"},
            "webwxsendvideomsg",
            {"Type": 43, "MediaId": "", "Content": "<msg/>"},
            2,
        ),
        ({"MsgType": 47, "Content": EMOJI}, "webwxsendemoticon", {"Type": 47, "EmojiFlag": 2, "EMoticonMd5": "e1"}, 0),
        (
            {"MsgType": 49, "AppMsgType": 5, "Content": LINK},
            "webwxsendappmsg",
            {"Type": 5, "Content": "<msg><appmsg><title>A &amp; B</title><type>5</type></appmsg></msg>"},
            2,
        ),
        (
            {"MsgType": 42, "Content": '&lt;msg username="gh" nickname="n"/&gt;'},
            "webwxsendmsg",
            {"Type": 42, "Content": '<msg username="gh" nickname="n"/>'},
            2,
        ),
    ],
)
def test_received_messages_are_passed_on(
    fields: dict[str, Any], endpoint: str, msg: dict[str, Any], scene: int
) -> None:
    request = build_forward(session(), wire(**fields), F, **SAID)
    body = json.loads(request.body)
    assert request.name == endpoint
    assert body["Scene"] == scene
    assert {key: body["Msg"][key] for key in msg} == msg
    assert body["Msg"]["ToUserName"] == F


def test_a_received_file_is_passed_on_by_its_own_id() -> None:
    request = build_forward(session(), parse_message(json.dumps(MESSAGES[3]).encode()), F, **SAID)
    content = json.loads(request.body)["Msg"]["Content"]
    assert content.startswith('<appmsg appid="wx00000000000000aa" sdkver="0"><title>笔记.pdf</title>')
    assert content.endswith("</appmsg>")
    assert "<attachid>@crypt_0a1b2c3d_4e5f</attachid>" in content
    assert "@cdn_x" not in content


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"MsgType": 34}, "not_forwardable"),
        ({"MsgType": 37}, "not_forwardable"),
        ({"MsgType": 10000, "Content": "x"}, "not_forwardable"),
        ({"MsgType": 49, "AppMsgType": 2000}, "not_forwardable"),
        ({"MsgType": 47, "Content": EMOJI, "HasProductId": 3}, "store_emoticon"),
        ({"MsgType": 47, "Content": ""}, "store_emoticon"),
        ({"MsgType": 49, "AppMsgType": 6, "Content": "", "MediaId": "@m"}, "no_source"),
        ({**MESSAGES[3], "FileSize": str(26 * 1024 * 1024)}, "forward_too_big"),
        ({"MsgType": 1, "SubMsgType": 48}, "not_forwardable"),
    ],
)
def test_what_cannot_be_passed_on_says_so(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(CannotSend) as caught:
        build_forward(session(), wire(**fields), F, **SAID)
    assert caught.value.reason == reason


def test_a_recalled_picture_can_be_sent_again() -> None:
    request = build_resend(session(), wire(MsgType=3, Content=IMAGE), F, **SAID)
    body = json.loads(request.body)
    assert request.url.startswith(f"{BASE}/webwxsendmsgimg?fun=async&f=json&")
    assert (body["Msg"]["Type"], body["Msg"]["MediaId"], body["Scene"]) == (3, "", 2)
    assert body["Msg"]["Content"] == (
        '<msg><img aeskey="a1" cdnthumbaeskey="a1" cdnthumburl="3052" cdnmidimgurl="3053" length="20480" '
        'cdnthumblength="4096" md5="0cc1"/></msg>'
    )
    with pytest.raises(CannotSend):
        build_resend(session(), wire(MsgType=3, Content="&lt;msg/&gt;"), F, **SAID)


def test_downloads_are_spelled_like_the_page_does() -> None:
    one = with_ticket()
    assert (
        build_image(one, "5550000000000000005", 0.0).url == f"{BASE}/webwxgetmsgimg?MsgID=5550000000000000005&skey={SK}"
    )
    assert build_image(one, "5", 0.0, size="slave").url.endswith(f"&skey={SK}&type=slave")
    assert build_voice(one, "6", 0.0).url == f"{BASE}/webwxgetvoice?msgid=6&skey={SK}"
    video = build_video(one, "7", 0.0)
    assert video.url == f"{BASE}/webwxgetvideo?msgid=7&skey={SK}"
    assert video.headers["Range"] == "bytes=0-"
    assert "Cookie" in video.headers
    file = build_file(one, parse_message(json.dumps(MESSAGES[3]).encode()), 0.0)
    assert file.url == (
        f"https://file.wx2.qq.com/cgi-bin/mmwebwx-bin/webwxgetmedia?sender={F}&mediaid=%40crypt_0a1b2c3d_4e5f"
        f"&encryfilename=%E7%AC%94%E8%AE%B0%2Epdf&fromuser=1403256789&pass_ticket={PT}"
        "&webwx_data_ticket=gTx0Pq9LmN3vB7cZ1sD5fH2j"
    )


def test_hostile_fields_do_not_leave_their_place_in_an_address() -> None:
    hostile = wire(FromUserName="@a&x=1 #", MediaId="m&y", EncryFileName="a b&c\r\n")
    url = build_file(with_ticket(), hostile, 0.0).url
    assert url.count("&") == 5
    assert not set(url) & set(" #\r\n")


def test_avatars_by_the_contacts_own_path() -> None:
    path = f"/cgi-bin/mmwebwx-bin/webwxgetheadimg?seq=0&username={G}&skey="
    assert build_avatar(session(), path, 0.0).url == f"{BASE}/webwxgetheadimg?seq=0&username={G}&skey={SK}"
    told = f"/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1000123&username={U}&skey={SK}"
    assert build_avatar(session(), told, 0.0).url == f"https://wx2.qq.com{told}"
    for odd in (
        "",
        "https://evil.example/x",
        "/cgi-bin/mmwebwx-bin/webwxlogout?x",
        told + "\r\nX: y",
        "//evil/webwxgeticon?",
    ):
        with pytest.raises(CannotSend):
            build_avatar(session(), odd, 0.0)


def test_a_download_is_bytes_or_an_error() -> None:
    assert parse_download(answer(b"\xff\xd8", 200)) == b"\xff\xd8"
    assert parse_download(answer(b"\x00", 206)) == b"\x00"
    for reply in (answer(b""), answer(b"x", 404), answer(b"<html>", headers={"content-type": "text/html"})):
        with pytest.raises(RemoteProtocolError):
            parse_download(reply)


@pytest.mark.parametrize(
    ("kind", "fields", "name"),
    [
        ("image", {"MsgId": "77", "MsgType": 3}, "webwxgetmsgimg"),
        ("emoticon", {"NewMsgId": 77, "MsgType": 47}, "webwxgetmsgimg"),
        ("voice", {"MsgId": "77", "MsgType": 34}, "webwxgetvoice"),
        ("video", {"MsgId": "77", "MsgType": 43}, "webwxgetvideo"),
        ("file", {"MsgId": "77", "MsgType": 49, "MediaId": "@crypt_x", "EncryFileName": "a"}, "webwxgetmedia"),
    ],
)
def test_what_a_message_brought_is_fetched_by_its_kind(kind: str, fields: dict[str, Any], name: str) -> None:
    request = build_download(session(), wire(**fields), kind, 0.0, max_bytes=1000)
    assert request is not None
    assert (request.name, request.max_bytes, request.timeout) == (name, 1000, 300.0)
    assert kind in DOWNLOADED


def test_what_names_nothing_is_not_fetched() -> None:
    for kind, fields in (("image", {"MsgId": "x1"}), ("file", {"MsgId": "7"}), ("text", {"MsgId": "7"}), ("voice", {})):
        assert build_download(session(), wire(**fields), kind, 0.0) is None


def test_a_download_that_went_elsewhere_is_judged_alike() -> None:
    check_download(answer(b"\xff\xd8", 206), 5000)
    page = answer(b"<html>", headers={"content-type": "text/html"})
    for reply, size in ((answer(b""), 0), (answer(b"x", 404), 0), (page, 6), (answer(b"x", 502), 0)):
        with pytest.raises(RemoteProtocolError):
            check_download(reply, size)


def test_an_ending_comes_from_the_bytes() -> None:
    heads = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff", ".mp4": b"....ftypmp42", ".bin": b"MZ evil"}
    assert {ending_of("file", head) for head in heads.values()} == set(heads)
    assert ending_of("voice", b"#!SILK") == ".mp3"
