"""Write ruleswx/rules/patterns/words.py: the code points that \\w and \\d stand for, as ranges.

Source: the character categories of Python's own unicodedata. Gaps that hold only marks, format characters and
unassigned code points are closed: folded texts have none of them, and the program RE2 makes of a class halves.

    python tools/make_words.py > ruleswx/rules/patterns/words.py
"""

from __future__ import annotations

from collections.abc import Callable
from unicodedata import category, unidata_version

SOFT = {"Cn", "Mn", "Me", "Cf", "Cs"}
WIDEST_GAP = 2000


def ranges(wanted: Callable[[str], bool]) -> list[list[int]]:
    """Return closed ranges of code points."""
    found: list[list[int]] = []
    for code in range(0x110000):
        if wanted(chr(code)):
            if found and found[-1][1] == code - 1:
                found[-1][1] = code
            else:
                found.append([code, code])
    return found


def closed(found: list[list[int]]) -> list[list[int]]:
    """Return the ranges with soft gaps closed; never over the surrogates."""
    merged = [list(found[0])]
    for first, last in found[1:]:
        before = merged[-1][1]
        gap = range(before + 1, first)
        over = before < 0xD800 <= first
        if not over and len(gap) < WIDEST_GAP and all(category(chr(c)) in SOFT for c in gap):
            merged[-1][1] = last
        else:
            merged.append([first, last])
    return merged


def source(name: str, found: list[list[int]]) -> str:
    """Return an assignment of lines that fit."""
    words = [f"{a:x}-{b:x}" if a != b else f"{a:x}" for a, b in found]
    lines, line = list[str](), ""
    for word in words:
        if len(line) + len(word) > 110:
            lines.append(line)
            line = ""
        line += word + " "
    body = "\n".join(f'    "{part}"' for part in [*lines, line.rstrip()])
    return f"{name} = (\n{body}\n)"


def main() -> None:
    """Print the module."""
    word = closed(ranges(lambda c: category(c)[0] in "LN" or c == "_"))
    number = ranges(lambda c: category(c) == "Nd")
    print(f'''"""The code points behind \\\\w and \\\\d, as hexadecimal ranges.

Made by tools/make_words.py from Unicode {unidata_version}. This module must hold data only.
"""

from __future__ import annotations

__all__ = ["DIGITS", "WORDS"]

{source("WORDS", word)}
{source("DIGITS", number)}''')


if __name__ == "__main__":
    main()
