"""Write the small example files of files/: a one-page price list and a picture for newcomers.

    python tools/make_files.py [FOLDER]

Made from nothing but the standard library, so that what the example sends has no source but this page.
"""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

LINES = ("报价单", "基础版    99 元 / 年", "专业版    299 元 / 年")
WIDTH, HEIGHT = 320, 200
GREEN, WHITE, GREY = b"\x07\xc1\x60", b"\xff\xff\xff", b"\xed\xed\xed"


def price_list() -> bytes:
    """A PDF of one page; its font is one every reader brings, so nothing is embedded."""
    size = ("BT /F1 22 Tf 60 320 Td 42 TL", "/F1 14 Tf", "")
    shown = "\n".join(
        f"{font} <{text.encode('utf-16-be').hex()}> Tj T*" for font, text in zip(size, LINES, strict=True)
    )
    stream = f"{shown} ET".encode()
    font = b"/Type /Font /BaseFont /STSong-Light"
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 420 380] /Contents 4 0 R /Resources 8 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< %s /Subtype /Type0 /Encoding /UniGB-UTF16-H /DescendantFonts [6 0 R] >>" % font,
        b"<< %s /Subtype /CIDFontType0 /FontDescriptor 7 0 R /CIDSystemInfo 9 0 R >>" % font,
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 4 /FontBBox [-25 -254 1000 880] /StemV 93 >>",
        b"<< /Font << /F1 5 0 R >> >>",
        b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 5 >>",
    )
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(out)


def _colour(x: int, y: int) -> bytes:
    """Three speech bubbles on grey: the newcomer's on the left, answers on the right in green."""
    for top, left, right, fill in ((24, 24, 200, WHITE), (84, 130, 296, GREEN), (144, 24, 160, WHITE)):
        if top <= y < top + 36 and left <= x < right:
            return fill
    return GREY


def picture() -> bytes:
    """A PNG of bubbles."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"".join(_colour(x, y) for x in range(WIDTH)) for y in range(HEIGHT))
    head = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, data) for name, data in parts)


def main() -> None:
    """Write both files."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "files")
    folder.mkdir(exist_ok=True)
    (folder / "报价单.pdf").write_bytes(price_list())
    (folder / "新人指南.png").write_bytes(picture())


if __name__ == "__main__":
    main()
