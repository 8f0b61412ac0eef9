"""Sending what was uploaded, and forwarding what was received."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from ruleswx.sandbox import bodies
from ruleswx.sandbox.appbodies import app_draft
from ruleswx.sandbox.asked import Answer, Asked
from ruleswx.sandbox.checks import Refused
from ruleswx.sandbox.drafts import Draft
from ruleswx.sandbox.endpoints.sending import Letter, accept, open_letter
from ruleswx.sandbox.media import Blob
from ruleswx.sandbox.uploads import CHECKED_SIZE
from ruleswx.sandbox.xmlread import attribute, read_xml

if TYPE_CHECKING:
    from ruleswx.sandbox.world import World

__all__ = ["sendappmsg", "sendemoticon", "sendmsgimg", "sendvideomsg"]


def sendmsgimg(world: World, asked: Asked) -> Answer:
    """Send a picture by MediaId, or by the XML of another one."""
    _check_query(world, asked, "async")
    letter = open_letter(world, asked, (3,))
    blob = _uploaded(world, asked, letter) or _forwarded(world, asked, letter, "img")
    return accept(world, asked, letter, bodies.image_draft(world.rng, blob), limit="media")


def sendvideomsg(world: World, asked: Asked) -> Answer:
    """Send a video by MediaId, or by the XML of another one."""
    _check_query(world, asked, "async")
    letter = open_letter(world, asked, (43, 62))
    blob = _uploaded(world, asked, letter) or _forwarded(world, asked, letter, "videomsg")
    return accept(world, asked, letter, bodies.video_draft(world.rng, blob), limit="media")


def sendemoticon(world: World, asked: Asked) -> Answer:
    """Send a sticker by MediaId, or again by its MD5."""
    _check_query(world, asked, "sys")
    letter = open_letter(world, asked, (47, 1))
    if letter.msg["Type"] == 1:
        world.oddity(asked.endpoint, "Type", "1 instead of 47")
    if letter.msg.get("EmojiFlag") != 2:
        world.record(asked.endpoint, "EmojiFlag", "must be 2")
    blob = _uploaded(world, asked, letter) or _known(world, str(letter.msg.get("EMoticonMd5", "")))
    if blob is None:
        world.record(asked.endpoint, "MediaId", "neither a MediaId nor the MD5 of a known sticker")
        raise Refused(1)
    return accept(world, asked, letter, bodies.emoticon_draft(world.rng, blob), limit="media")


def sendappmsg(world: World, asked: Asked) -> Answer:
    """Send a file, or forward a card."""
    _check_query(world, asked, "async")
    letter = open_letter(world, asked, (5, 6, 33, 49))
    root = read_xml(str(letter.msg.get("Content", "")))
    app = root if root is None or root.tag == "appmsg" else root.find("appmsg")
    if app is None:
        world.record(asked.endpoint, "Content", "no well-formed <appmsg>; is the title escaped?")
        raise Refused(1)
    draft = _file(world, asked, letter, app) if letter.msg["Type"] == 6 else _card(world, asked, app)
    return accept(world, asked, letter, draft, limit="media")


def _check_query(world: World, asked: Asked, fun: str) -> None:
    if asked.query.get("fun") != fun:
        world.record(asked.endpoint, "fun", f"the query must hold fun={fun}")
    if fun == "async" and asked.query.get("f") != "json":
        world.record(asked.endpoint, "f", "the query must hold f=json")


def _uploaded(world: World, asked: Asked, letter: Letter) -> Blob | None:
    media_id = str(letter.msg.get("MediaId") or "")
    if not media_id:
        return None
    blob = world.store.files.get(media_id)
    if blob is None:
        world.record(asked.endpoint, "MediaId", "no upload gave this MediaId")
        raise Refused(1)
    return blob


def _forwarded(world: World, asked: Asked, letter: Letter, tag: str) -> Blob:
    root = read_xml(str(letter.msg.get("Content") or ""))
    blob = _known(world, attribute(root, tag, "md5"))
    if blob is None:
        world.record(asked.endpoint, "Content", f"neither a MediaId nor the <{tag}> of a known message")
        raise Refused(1)
    if letter.visit.body["Scene"] != 2:
        world.record(asked.endpoint, "Scene", "2 when forwarding")
    return blob


def _known(world: World, md5: str) -> Blob | None:
    for said in reversed(world.history):
        if md5 and said.draft.blob is not None and said.draft.blob.md5 == md5.lower():
            return said.draft.blob
    return None


def _file(world: World, asked: Asked, letter: Letter, app: Element) -> Draft:
    title = (app.findtext("title") or "").strip()
    media_id = (app.findtext("appattach/attachid") or "").strip()
    blob = world.store.files.get(media_id)
    if blob is None:
        world.record(asked.endpoint, "attachid", "no upload gave this MediaId")
        raise Refused(1)
    if app.findtext("appattach/totallen") != str(blob.size):
        world.record(asked.endpoint, "totallen", "not the size of the upload")
    if app.findtext("type") != "6" or not title:
        world.record(asked.endpoint, "appmsg", "type 6 and a title are needed")
    if blob.size > CHECKED_SIZE and not world.store.is_signed(blob.md5, letter.msg.get("Signature")):
        world.record(asked.endpoint, "Signature", "above 25 MiB webwxcheckupload's Signature is needed")
        raise Refused(1)
    return bodies.file_draft(Blob(blob.data, title, blob.mime), media_id)


def _card(world: World, asked: Asked, app: Element) -> Draft:
    title, url = app.findtext("title") or "", app.findtext("url") or ""
    number = app.findtext("type") or ""
    if not number.isdigit() or not title:
        world.record(asked.endpoint, "appmsg", "a title and a numeric type are needed")
        raise Refused(1)
    kind = "link" if number == "5" else "card"
    return app_draft(kind, int(number), title, des=app.findtext("des") or "", url=url)
