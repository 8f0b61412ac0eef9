import struct
import zlib

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.qr import Style, choose_style, draw_png, draw_terminal

LINK = "https://login.weixin.qq.com/l/4aB7xQ2mKw=="
BLACK, WHITE = "48;5;16m", "48;5;231m"


def modules() -> list[list[bool]]:
    code = segno.make_qr(LINK, error="l", boost_error=False)
    return [[bool(m) for m in row] for row in code.matrix_iter(border=2)]


def read_blocks(text: str, *, ink_is_dark: bool) -> list[list[bool]]:
    rows: list[list[bool]] = []
    for line in text.splitlines():
        cells = line.removeprefix("\x1b[38;5;16;48;5;231m").removesuffix("\x1b[0m")
        rows.append([(c in "▀█") == ink_is_dark for c in cells])
        rows.append([(c in "▄█") == ink_is_dark for c in cells])
    return rows[: len(rows[0])]


def test_half_blocks_show_the_code_in_their_own_colours() -> None:
    text = draw_terminal(LINK)
    assert read_blocks(text, ink_is_dark=True) == modules()
    assert all(line.startswith("\x1b[38;5;16;48;5;231m") and line.endswith("\x1b[0m") for line in text.splitlines())


def test_without_colours_the_light_modules_are_the_ink() -> None:
    text = draw_terminal(LINK, Style(colour=False))
    assert "\x1b" not in text
    assert read_blocks(text, ink_is_dark=False) == modules()


def test_ascii_needs_nothing_but_spaces_and_colours() -> None:
    text = draw_terminal(LINK, Style(blocks=False))
    assert text.isascii()
    rows = []
    for line in text.splitlines():
        cells = line.removesuffix("\x1b[0m").split("\x1b[")[1:]
        rows.append([cell.startswith(BLACK) for cell in cells])
    assert rows == modules()


def test_ascii_without_colours() -> None:
    text = draw_terminal(LINK, Style(blocks=False, colour=False))
    rows = [[line[i : i + 2] == "  " for i in range(0, len(line), 2)] for line in text.splitlines()]
    assert rows == modules()


def test_it_fits_eighty_columns_in_every_style() -> None:
    assert len(modules()[0]) <= 33
    plain = draw_terminal(LINK, Style(blocks=False, colour=False))
    assert max(len(line) for line in plain.splitlines()) <= 80


@given(st.text(min_size=1, max_size=120))
def test_any_link_of_a_url_s_length_can_be_drawn(link: str) -> None:
    try:
        assert draw_terminal(link).count("\n") >= 13
    except UnicodeEncodeError:
        pytest.skip("a lone surrogate is no link")


def test_the_picture_is_a_png_of_the_code() -> None:
    data = draw_png(LINK, scale=2)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", data[16:24])
    assert width == height == (len(modules()) + 4) * 2
    at = data.index(b"IDAT")
    (size,) = struct.unpack(">I", data[at - 4 : at])
    assert zlib.decompress(data[at + 4 : at + 4 + size])


@pytest.mark.parametrize(
    ("encoding", "environ", "style"),
    [
        ("utf-8", {}, Style(True, True)),
        ("UTF8", {"NO_COLOR": "1"}, Style(True, False)),
        ("ascii", {"TERM": "xterm"}, Style(False, True)),
        (None, {"TERM": "dumb"}, Style(False, False)),
        ("utf-8", {"NO_COLOR": ""}, Style(True, True)),
    ],
)
def test_the_style_follows_the_terminal(encoding: str | None, environ: dict[str, str], style: Style) -> None:
    assert choose_style(encoding, environ) == style
