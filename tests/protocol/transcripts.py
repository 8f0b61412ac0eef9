"""One invented account and the transcripts its tests replay. Nothing here ever belonged to anybody."""

from __future__ import annotations

import json
from random import Random
from typing import Any

from ruleswx.protocol.wire import Cookie, Hosts, Response, Session
from ruleswx.redact import Secret

U = "@6b1f0c7e9a4d23581f6e0b9c8d7a4e35"
F = "@c0ffee11223344556677889900aabbccddeeff00112233445566778899aabbcc"
G = "@@d1ce0000aaaabbbbccccddddeeeeffff0123456789abcdef0123456789abcdef"
STRANGER = "@5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed"
NEWS = "@0badf00d0badf00d0badf00d0badf00d"
SKEY = "@crypt_5f3a91c2_7d0e4b8a6c1f2930e5d4c3b2a1908f7e"
SK = "%40crypt_5f3a91c2_7d0e4b8a6c1f2930e5d4c3b2a1908f7e"
SID = "Vq8+ZkT3nLw0/Rb1"
PT = "rT9%2BkLm0Qz%2Fa81Vx%3D"
UUID = "4aB7xQ2mKw=="
BR = f'{{"Uin":1403256789,"Sid":"{SID}","Skey":"{SKEY}","DeviceID":"e042917365508214"}}'
ROOM = "@aa11bb22cc33dd44ee55ff6600112233"
KEYS = ((1, 701000001), (2, 701000020), (3, 701000015), (1000, 1699999000))
KEYS_AFTER = ((1, 701000001), (2, 701000024), (3, 701000015), (201, 1700000049), (1000, 1699999000))
HOSTS = Hosts("https://login.wx2.qq.com", "https://wx2.qq.com", "https://file.wx2.qq.com", "https://webpush.wx2.qq.com")
XML = (
    f"<error><ret>0</ret><message></message><skey>{SKEY}</skey><wxsid>{SID}</wxsid><wxuin>1403256789</wxuin>"
    f"<pass_ticket>{PT}</pass_ticket><isgrayscale>1</isgrayscale></error>"
)
REFUSED = (
    "<error><ret>1203</ret><message>为了你的帐号安全，此微信号不能登录网页微信。"
    "你可以使用Windows微信或Mac微信在电脑端登录。</message></error>"
)
REDIRECT = (
    "https://wx2.qq.com/cgi-bin/mmwebwx-bin/webwxnewloginpage"
    "?ticket=A0b1C2d3@qrticket_0&uuid=4aB7xQ2mKw==&lang=zh_CN&scan=1700000041"
)
_DAY = "Path=/; Expires=Wed, 15-Nov-2023 10:13:20 GMT; Secure"
_YEARS = "Path=/; Expires=Mon, 14-Nov-2033 22:13:20 GMT; Secure"
SET_COOKIES = (
    f"wxuin=1403256789; Domain=wx2.qq.com; {_DAY}",
    f"wxuin=1403256789; Domain=.qq.com; {_DAY}",
    f"wxsid={SID}; Domain=wx2.qq.com; {_DAY}",
    f"wxloadtime=1700000042; Domain=wx2.qq.com; {_DAY}",
    f"mm_lang=zh_CN; Domain=wx2.qq.com; {_DAY}",
    f"webwx_data_ticket=gTx0Pq9LmN3vB7cZ1sD5fH2j; Domain=.qq.com; {_DAY}",
    f"webwxuvid=9f0e8d7c6b5a49382716051423324150; Domain=wx2.qq.com; {_YEARS}",
    f"webwx_auth_ticket=CIsBEJ0synthetic0ticket0value; Domain=wx2.qq.com; {_YEARS}",
)


class FixedRng(Random):
    """Deals the DeviceID of the transcripts, and their four random digits."""

    def __init__(self, device: int = 42917365508214, digits: int = 417) -> None:
        super().__init__(0)
        self.device, self.digits = device, digits

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        return {10**15: self.device, 10_000: self.digits}[start]


RNG = FixedRng()


def session(**changes: Any) -> Session:
    """The account, logged in."""
    values: dict[str, Any] = {
        "hosts": HOSTS,
        "mode": "desktop",
        "uin": 1403256789,
        "sid": Secret(SID),
        "skey": Secret(SKEY),
        "pass_ticket": Secret(PT),
        "user_name": U,
        "nick_name": "测试号",
        "sync_key": KEYS,
    }
    return Session(**(values | changes))


def with_ticket(**changes: Any) -> Session:
    """The account with what uploads and push logins need in the jar."""
    jar = tuple(
        Cookie(name, Secret(value), domain, secure=True, host_only=False)
        for name, value, domain in (
            ("webwx_data_ticket", "gTx0Pq9LmN3vB7cZ1sD5fH2j", "qq.com"),
            ("webwxuvid", "9f0e8d7c6b5a49382716051423324150", "wx2.qq.com"),
            ("webwx_auth_ticket", "CIsBEJ0synthetic0ticket0value", "wx2.qq.com"),
            ("wxuin", "1403256789", "wx2.qq.com"),
        )
    )
    return session(cookies=jar, **changes)


def answer(body: str | bytes | dict[str, Any], status: int = 200, **more: Any) -> Response:
    """A reply; objects come pretty-printed, as the real service prints them."""
    if isinstance(body, dict):
        body = json.dumps(body, ensure_ascii=False, indent=1)
    headers = more.pop("headers", {"content-type": "text/plain"})
    return Response(status, headers, body.encode() if isinstance(body, str) else body, **more)


def sync_keys(pairs: tuple[tuple[int, int], ...]) -> dict[str, Any]:
    return {"Count": len(pairs), "List": [{"Key": key, "Val": val} for key, val in pairs]}


OK = {"Ret": 0, "ErrMsg": ""}
INIT: dict[str, Any] = {
    "BaseResponse": OK,
    "Count": 3,
    "ContactList": [
        {
            "Uin": 0,
            "UserName": "filehelper",
            "NickName": "文件传输助手",
            "HeadImgUrl": f"/cgi-bin/mmwebwx-bin/webwxgeticon?seq=0&username=filehelper&skey={SK}",
            "ContactFlag": 3,
            "MemberCount": 0,
            "MemberList": [],
            "RemarkName": "",
            "Sex": 0,
            "Signature": "",
            "VerifyFlag": 0,
            "OwnerUin": 0,
            "Statues": 0,
            "AttrStatus": 0,
            "EncryChatRoomId": "",
        },
        {
            "UserName": F,
            "NickName": "小林",
            "RemarkName": "林老师",
            "ContactFlag": 3,
            "Sex": 2,
            "AttrStatus": 33661029,
            "Province": "浙江",
            "City": "杭州",
            "KeyWord": "wxi",
        },
        {
            "UserName": G,
            "NickName": '读书会<span class="emoji emoji1f4da"></span>',
            "ContactFlag": 2,
            "MemberCount": 3,
            "MemberList": [],
            "Statues": 1,
        },
    ],
    "SyncKey": sync_keys(KEYS),
    "User": {
        "Uin": 1403256789,
        "UserName": U,
        "NickName": "测试号",
        "HeadImgUrl": f"/cgi-bin/mmwebwx-bin/webwxgeticon?seq=1000123&username={U}&skey={SK}",
        "RemarkName": "",
        "Sex": 1,
        "Signature": "",
        "VerifyFlag": 0,
        "ContactFlag": 0,
        "WebWxPluginSwitch": 0,
        "HeadImgFlag": 1,
        "SnsFlag": 17,
    },
    "ChatSet": f"filehelper,{F},{G},",
    "SKey": SKEY,
    "ClientVersion": 654311681,
    "SystemTime": 1700000043,
    "GrayScale": 1,
    "InviteStartCount": 40,
    "MPSubscribeMsgCount": 0,
    "MPSubscribeMsgList": [],
    "ClickReportInterval": 600000,
}
INIT_DEAD: dict[str, Any] = {
    "BaseResponse": {"Ret": 1101, "ErrMsg": ""},
    "Count": 0,
    "ContactList": [],
    "SyncKey": {"Count": 0, "List": []},
    "User": {},
    "ChatSet": "",
    "SKey": "",
}
GROUP: dict[str, Any] = {
    "Uin": 0,
    "UserName": G,
    "NickName": "读书会",
    "HeadImgUrl": f"/cgi-bin/mmwebwx-bin/webwxgetheadimg?seq=0&username={G}&skey=",
    "ContactFlag": 3,
    "MemberCount": 3,
    "MemberList": [
        {"Uin": 0, "UserName": U, "NickName": "测试号", "AttrStatus": 102437, "MemberStatus": 0, "DisplayName": ""},
        {"Uin": 0, "UserName": F, "NickName": "小林", "AttrStatus": 33661029, "MemberStatus": 0, "DisplayName": "林"},
        {"Uin": 0, "UserName": STRANGER, "NickName": "路人", "AttrStatus": 4096, "MemberStatus": 0, "DisplayName": ""},
    ],
    "OwnerUin": 1403256789,
    "Statues": 1,
    "EncryChatRoomId": ROOM,
    "IsOwner": 1,
}
MESSAGES: list[dict[str, Any]] = [
    {
        "MsgId": "5550000000000000001",
        "NewMsgId": 5550000000000000001,
        "FromUserName": U,
        "ToUserName": U,
        "MsgType": 51,
        "Content": "",
        "Status": 3,
        "ImgStatus": 1,
        "CreateTime": 1700000046,
        "StatusNotifyCode": 4,
        "StatusNotifyUserName": f"filehelper,{F},{G}",
    },
    {
        "MsgId": "5550000000000000002",
        "FromUserName": F,
        "ToUserName": U,
        "MsgType": 1,
        "Content": '早上好<br/>1 &lt; 2 <span class="emoji emoji1f31b"></span>',
        "CreateTime": 1700000047,
    },
    {
        "MsgId": "5550000000000000003",
        "FromUserName": G,
        "ToUserName": U,
        "MsgType": 1,
        "Content": f"{F}:<br/>@测试号\u2005请看第三章",
        "CreateTime": 1700000048,
    },
    {
        "MsgId": "5550000000000000004",
        "FromUserName": F,
        "ToUserName": U,
        "MsgType": 49,
        "AppMsgType": 6,
        "FileName": "笔记.pdf",
        "FileSize": "10240",
        "MediaId": "@crypt_0a1b2c3d_4e5f",
        "EncryFileName": "%E7%AC%94%E8%AE%B0%2Epdf",
        "Content": (
            '&lt;msg&gt;<br/>&lt;appmsg appid="wx00000000000000aa" sdkver="0"&gt;&lt;title&gt;笔记.pdf&lt;/title&gt;'
            "&lt;type&gt;6&lt;/type&gt;&lt;appattach&gt;&lt;totallen&gt;10240&lt;/totallen&gt;"
            "&lt;attachid&gt;@cdn_x&lt;/attachid&gt;&lt;fileext&gt;pdf&lt;/fileext&gt;&lt;/appattach&gt;"
            "&lt;/appmsg&gt;&lt;/msg&gt;"
        ),
        "CreateTime": 1700000049,
    },
]
SYNC: dict[str, Any] = {
    "BaseResponse": OK,
    "AddMsgCount": 4,
    "AddMsgList": MESSAGES,
    "ModContactCount": 0,
    "ModContactList": [],
    "DelContactCount": 0,
    "DelContactList": [],
    "ModChatRoomMemberCount": 0,
    "ModChatRoomMemberList": [],
    "Profile": {"BitFlag": 0, "UserName": {"Buff": ""}},
    "ContinueFlag": 0,
    "SyncKey": sync_keys(KEYS_AFTER),
    "SKey": "",
    "SyncCheckKey": sync_keys(KEYS_AFTER),
}
