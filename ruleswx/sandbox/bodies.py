"""Messages that carry a file: picture, voice, video, sticker, document.

Each function returns the draft of one kind, with the XML the service would send and
the bytes a client can then download.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from random import Random
from xml.sax.saxutils import quoteattr

from .appbodies import app_draft
from .drafts import Draft
from .encode import encode_xml, encrypted_name, escape
from .media import Blob
from .session import hexes

__all__ = ["emoticon_draft", "file_draft", "image_draft", "video_draft", "voice_draft"]


def image_draft(rng: Random, blob: Blob) -> Draft:
    """Return a picture (3)."""
    key, url = hexes(rng, 32), "3052" + hexes(rng, 60)
    xml = (
        f'<?xml version="1.0"?>\n<msg>\n\t<img aeskey="{key}" encryver="0" cdnthumbaeskey="{key}" '
        f'cdnthumburl="{url}" cdnthumblength="4096" cdnthumbheight="100" cdnthumbwidth="75" '
        f'cdnmidheight="0" cdnmidwidth="0" cdnhdheight="0" cdnhdwidth="0" cdnmidimgurl="{url}" '
        f'length="{blob.size}" hdlength="0" md5="{blob.md5}" />\n</msg>\n'
    )
    fields = {"ImgStatus": 2, "ImgHeight": 100, "ImgWidth": 75}
    return Draft("image", 3, encode_xml(xml), "", fields, blob=blob)


def voice_draft(rng: Random, blob: Blob, milliseconds: int = 1580) -> Draft:
    """Return a voice message (34)."""
    xml = (
        f'<msg><voicemsg endflag="1" cancelflag="0" forwardflag="0" voiceformat="4" '
        f'voicelength="{milliseconds}" length="{blob.size}" bufid="{rng.randrange(2**60)}" '
        f'clientmsgid="{hexes(rng, 32)}" fromusername="" /></msg>'
    )
    return Draft("voice", 34, encode_xml(xml), "", {"VoiceLength": milliseconds}, blob=blob)


def video_draft(rng: Random, blob: Blob, seconds: int = 7, *, clip: bool = False) -> Draft:
    """Return a video (43) or a short clip (62)."""
    key, url = hexes(rng, 32), "3052" + hexes(rng, 60)
    xml = (
        f'<?xml version="1.0"?>\n<msg>\n\t<videomsg aeskey="{key}" cdnthumbaeskey="{key}" '
        f'cdnvideourl="{url}" cdnthumburl="{url}" length="{blob.size}" playlength="{seconds}" '
        f'cdnthumblength="4096" cdnthumbwidth="100" cdnthumbheight="75" fromusername="" '
        f'md5="{blob.md5}" newmd5="" isad="0" />\n</msg>\n'
    )
    fields = {"PlayLength": seconds, "ImgHeight": 75, "ImgWidth": 100}
    kind, number = ("clip", 62) if clip else ("video", 43)
    return Draft(kind, number, encode_xml(xml), "", fields, blob=blob)


def emoticon_draft(rng: Random, blob: Blob, *, store: bool = False) -> Draft:
    """Return a sticker (47); one from the store has no content and cannot be fetched."""
    if store:
        return Draft("emoticon", 47, "", "", {"HasProductId": 1})
    xml = (
        f'<msg><emoji fromusername="" tousername="" type="2" idbuffer="media:0_0" md5="{blob.md5}" '
        f'len="{blob.size}" productid="" androidmd5="{blob.md5}" androidlen="{blob.size}" '
        f'cdnurl={quoteattr(f"http://emoji.qpic.example/{hexes(rng, 16)}")} width="120" height="120" />'
        "</msg>"
    )
    return Draft("emoticon", 47, encode_xml(xml), "", {"ImgHeight": 120, "ImgWidth": 120}, blob=blob)


def file_draft(blob: Blob, media_id: str) -> Draft:
    """Return a document (49/6); `media_id` is what the client downloads it by."""
    ending = PurePosixPath(blob.name).suffix.removeprefix(".")
    attachment = (
        f"<appattach><totallen>{blob.size}</totallen><attachid>@cdn_{blob.md5}</attachid>"
        f"<fileext>{escape(ending)}</fileext></appattach>"
    )
    fields = {"MediaId": media_id, "FileSize": str(blob.size), "EncryFileName": encrypted_name(blob.name)}
    return app_draft("file", 6, blob.name, inside=attachment, fields=fields, blob=blob)
