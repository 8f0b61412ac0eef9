"""A login link as a QR code: for a terminal (its own colours, or ASCII) and as a PNG. Pure.

A code drawn in the terminal's own colours cannot be read on half of all terminals, so both colours are always set,
from the fixed part of the 256-colour palette that themes do not touch. The link goes nowhere but into the picture:
whoever sees it can log in, so nothing outside may draw it. It must not know what the link is for.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

import segno

__all__ = ["Style", "choose_style", "draw_png", "draw_terminal"]

_QUIET = 2
_BLACK_ON_WHITE = "\x1b[38;5;16;48;5;231m"
_BLACK = "\x1b[48;5;16m"
_WHITE = "\x1b[48;5;231m"
_RESET = "\x1b[0m"
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


@dataclass(frozen=True, slots=True)
class Style:
    """How a terminal can draw: `blocks` it shows half blocks, `colour` it obeys colour codes."""

    blocks: bool = True
    colour: bool = True


def choose_style(encoding: str | None, environ: Mapping[str, str]) -> Style:
    """The style for an output stream: half blocks when it takes UTF-8, colours unless NO_COLOR or a dumb terminal."""
    blocks = (encoding or "").lower().replace("-", "").replace("_", "") in {"utf8", "gb18030"}
    colour = not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
    return Style(blocks, colour)


def draw_terminal(link: str, style: Style = Style()) -> str:
    """The code as lines of text, quiet zone included, ending with a line feed.

    Half blocks take 33 columns for a login link and ASCII 66. Without colours the light modules are the ink, as a
    dark terminal needs it; every phone also reads the inverse a light terminal then shows.
    """
    rows = _matrix(link)
    lines = _half_blocks(rows, style.colour) if style.blocks else _ascii(rows, style.colour)
    return "".join(f"{line}\n" for line in lines)


def draw_png(link: str, scale: int = 8) -> bytes:
    """The code as a PNG in black on white with the full quiet zone of four modules."""
    out = io.BytesIO()
    _code(link).save(out, kind="png", scale=scale, border=4)
    return out.getvalue()


def _code(link: str) -> segno.QRCode:
    # Level L unboosted keeps a login link at version 3, small enough for any window.
    return segno.make_qr(link, error="l", boost_error=False)


def _matrix(link: str) -> list[list[bool]]:
    return [[bool(module) for module in row] for row in _code(link).matrix_iter(border=_QUIET)]


def _half_blocks(rows: list[list[bool]], colour: bool) -> Iterator[str]:
    light = [False] * len(rows[0])
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=light):
        cells = zip(upper, lower, strict=True)
        if colour:
            yield _BLACK_ON_WHITE + "".join(_HALVES[pair] for pair in cells) + _RESET
        else:
            yield "".join(_HALVES[not top, not bottom] for top, bottom in cells)


def _ascii(rows: list[list[bool]], colour: bool) -> Iterator[str]:
    for row in rows:
        if colour:
            yield "".join((_BLACK if dark else _WHITE) + "  " for dark in row) + _RESET
        else:
            yield "".join("  " if dark else "##" for dark in row)
