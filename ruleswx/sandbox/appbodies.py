"""Messages without a file: app messages (49), cards, places, calls, friend requests.

The XML holds what clients read (`title`, `des`, `type`, `url` and the blocks of each
kind) and is escaped the way the service escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from .cast import Person
from .drafts import Draft, blank_recommendation
from .encode import encode_name, encode_xml, escape
from .media import Blob
from .session import Session

__all__ = [
    "app_draft",
    "article_draft",
    "call_draft",
    "card_draft",
    "friend_request_draft",
    "location_draft",
    "news_draft",
    "pat_draft",
    "quote_block",
    "transfer_block",
]


def app_draft(
    kind: str,
    number: int,
    title: str,
    *,
    des: str = "",
    url: str = "",
    inside: str = "",
    fields: Mapping[str, Any] | None = None,
    blob: Blob | None = None,
) -> Draft:
    """Return an app message; `inside` is XML that only this kind has."""
    xml = (
        '<?xml version="1.0"?>\n<msg>\n<appmsg appid="wx00000000000000aa" sdkver="0">\n'
        f"<title>{escape(title)}</title>\n<des>{escape(des)}</des>\n<action />\n<type>{number}</type>\n"
        f"<url>{escape(url)}</url>\n{inside}\n</appmsg>\n<fromusername></fromusername>\n"
        "<appinfo>\n<version>1</version>\n<appname>sandbox</appname>\n</appinfo>\n</msg>\n"
    )
    app = {"AppMsgType": number, "FileName": encode_name(title), "Url": escape(url)}
    info = {"AppInfo": {"AppID": "wx00000000000000aa", "Type": 0}}
    return Draft(kind, 49, encode_xml(xml), title, {**app, **info, **(fields or {})}, blob=blob)


def transfer_block(yuan: str) -> str:
    """Return the block of a money transfer."""
    return (
        f"<wcpayinfo><paysubtype>1</paysubtype><feedesc><![CDATA[￥{yuan}]]></feedesc>"
        "<transcationid><![CDATA[1000050]]></transcationid><transferid><![CDATA[1000050]]></transferid>"
        "<invalidtime><![CDATA[0]]></invalidtime></wcpayinfo>"
    )


def quote_block(name: str, text: str, msg_id: str) -> str:
    """Return the block of a reply that quotes an earlier message."""
    return (
        f"<refermsg><type>1</type><svrid>{escape(msg_id)}</svrid><fromusr></fromusr><chatusr></chatusr>"
        f"<displayname>{escape(name)}</displayname><content>{escape(text)}</content></refermsg>"
    )


def article_draft(articles: list[Mapping[str, str]]) -> Draft:
    """Return an official account's mass message: one or more articles."""
    items = "".join(
        f"<item><title><![CDATA[{each['title']}]]></title><digest><![CDATA[{each.get('des', '')}]]></digest>"
        f"<url><![CDATA[{each.get('url', '')}]]></url><cover><![CDATA[|0|0]]></cover>"
        "<pub_time>0</pub_time></item>"
        for each in articles
    )
    block = f'<mmreader><category type="20" count="{len(articles)}">{items}</category></mmreader>'
    first = articles[0]
    return app_draft("article", 5, first["title"], url=first.get("url", ""), inside=block)


def news_draft(titles: list[str]) -> Draft:
    """Return the digest of Tencent News: a text (1) whose content is XML."""
    items = "".join(f"<item><title>{escape(title)}</title></item>" for title in titles)
    return Draft("news", 1, encode_xml(f"<mmreader><category>{items}</category></mmreader>"), titles[0])


def card_draft(person: Person) -> Draft:
    """Return a name card (42)."""
    xml = (
        f"<msg username={quoteattr(person.key)} nickname={quoteattr(person.nick)} "
        f"alias={quoteattr(person.alias)} province={quoteattr(person.province)} "
        f'city={quoteattr(person.city)} sex="{person.sex}" certflag="0" certinfo="" '
        'bigheadimgurl="" smallheadimgurl="" />'
    )

    def fill(session: Session) -> Mapping[str, Any]:
        return {"RecommendInfo": recommendation(person, session.user_name(person))}

    return Draft("card", 42, encode_xml(xml), person.nick, per_session=fill)


def recommendation(person: Person, user_name: str) -> dict[str, Any]:
    """Return the RecommendInfo of a person."""
    return blank_recommendation() | {
        "UserName": user_name,
        "NickName": encode_name(person.nick),
        "Province": person.province,
        "City": person.city,
        "Signature": person.signature,
        "Alias": person.alias,
        "Scene": 17,
        "VerifyFlag": person.verify,
        "AttrStatus": person.attr,
        "Sex": person.sex,
    }


def friend_request_draft(person: Person, greeting: str, ticket: str, scene: int = 30) -> Draft:
    """Return a friend request (37); `ticket` is what accepting it needs."""
    xml = (
        f'<msg fromusername={quoteattr(person.key)} encryptusername="v1_{person.attr:x}@stranger" '
        f'fromnickname={quoteattr(person.nick)} content={quoteattr(greeting)} fullpy="" shortpy="" '
        f'imagestatus="3" scene="{scene}" country="CN" province={quoteattr(person.province)} '
        f'city={quoteattr(person.city)} sign="" percard="1" sex="{person.sex}" '
        f'alias={quoteattr(person.alias)} ticket={quoteattr(ticket)} opcode="2" chatroomusername="">'
        '<brandlist count="0" ver="0"></brandlist></msg>'
    )

    def fill(session: Session) -> Mapping[str, Any]:
        info = recommendation(person, session.user_name(person))
        asked = {"Content": greeting, "Scene": scene, "Ticket": ticket, "OpCode": 2}
        return {"RecommendInfo": info | asked}

    return Draft("friend_request", 37, encode_xml(xml), greeting, {"Ticket": ticket}, fill)


def location_draft(place: str, x: float, y: float) -> Draft:
    """Return a place: a text (1) with SubMsgType 48."""
    picture = "/cgi-bin/mmwebwx-bin/webwxgetpubliclinkimg?url=xxx&msgid=0&pictype=location"
    xml = (
        f'<?xml version="1.0"?>\n<msg>\n\t<location x="{x}" y="{y}" scale="15" '
        f'label={quoteattr(place)} maptype="0" poiname={quoteattr(place)} />\n</msg>\n'
    )
    fields = {
        "SubMsgType": 48,
        "Url": f"http://apis.map.qq.com/uri/v1/geocoder?coord={x},{y}",
        "OriContent": encode_xml(xml),
    }
    return Draft("location", 1, f"{encode_name(place)}:<br/>{picture}", place, fields)


def call_draft(number: int = 50) -> Draft:
    """Return a voice or video call: 50 rings, 52 ends, 53 invites."""
    tag = {50: "voipinvitemsg", 52: "voipnotifymsg", 53: "voipinvitemsg"}[number]
    xml = f"<{tag}><roomid>0</roomid><key>0</key><status>1</status><invitetype>0</invitetype></{tag}>"
    return Draft("call", number, encode_xml(xml))


def pat_draft(by: Person, whom: Person, chat: str, text: str) -> Draft:
    """Return a nudge (10002, `pat`)."""
    xml = (
        f'<sysmsg type="pat"><pat><fromusername>{by.key}</fromusername><chatusername>{chat}</chatusername>'
        f"<pattedusername>{whom.key}</pattedusername><template><![CDATA[{text}]]></template></pat></sysmsg>"
    )
    return Draft("pat", 10002, encode_xml(xml), text)
