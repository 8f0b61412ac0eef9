import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.protocol.filetypes import ascii_name, extension, safe_name, sniff


@pytest.mark.parametrize(
    ("head", "mime", "mediatype", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png", "pic", "image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01", "image/jpeg", "pic", "image"),
        (b"BM\x36\x00\x0c\x00\x00\x00\x00\x00\x36\x00", "image/bmp", "pic", "image"),
        (b"GIF89a\x01\x00", "image/gif", "doc", "emoticon"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp", "doc", "file"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4", "video", "video"),
        (b"\x00\x00\x00\x14ftypqt  ", "video/quicktime", "doc", "file"),
        (b"\x00\x00\x00\x1cftypM4A ", "audio/mp4", "doc", "file"),
        (b"ID3\x03\x00", "audio/mp3", "doc", "file"),
        (b"\xff\xfb\x90\x00", "audio/mp3", "doc", "file"),
        (b"\xff\xf1\x50\x80", "audio/vnd.dlna.adts", "doc", "file"),
        (b"%PDF-1.7", "application/pdf", "doc", "file"),
        (b"PK\x03\x04\x14\x00", "application/zip", "doc", "file"),
        (b"BMW ist ein Auto", "application/octet-stream", "doc", "file"),
        (b"", "application/octet-stream", "doc", "file"),
    ],
)
def test_the_first_bytes_decide(head: bytes, mime: str, mediatype: str, kind: str) -> None:
    found = sniff(head)
    assert (found.mime, found.mediatype, found.kind) == (mime, mediatype, kind)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("封面.png", "封面.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\报价.pdf", "报价.pdf"),
        ("a\r\nContent-Type: x\x00.txt", "aContent-Type_ x.txt"),
        ("\u202egnp.exe", "gnp.exe"),
        ("..", "file"),
        ("", "file"),
        ("CON", "file_CON"),
        ("nul.txt", "file_nul.txt"),
        ('a"b<c>|?.png', "a_b_c___.png"),
        ("名" * 100 + ".pdf", "名" * 65 + ".pdf"),
        ("x" * 300, "x" * 200),
        ("\ud800.txt", "\ufffd.txt"),
        (".hidden", "hidden"),
    ],
)
def test_names_do_no_harm_and_keep_their_ending(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_name_becomes_one_plain_name(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 200
    assert not set(safe) & set('/\\\0\r\n"')
    assert safe not in {".", ".."}
    assert ascii_name(safe).isascii()


def test_endings() -> None:
    assert [extension(n) for n in ("a.PDF", "a.tar.gz", "a", ".x", "名.文件", "a.b c")] == ["pdf", "gz", "", "", "", ""]
    assert ascii_name("封面.PNG") == "file.png"
    assert ascii_name("封面") == "file"
