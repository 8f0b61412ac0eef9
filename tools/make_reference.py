"""Write docs/reference.md and docs/reference.zh-CN.md: every key of the rule language and every code, from the grammar.

python tools/make_reference.py [FOLDER]
"""

from __future__ import annotations

import sys
from pathlib import Path

from ruleswx.rules.schema import reference


def pages() -> dict[str, str]:
    """The text of each page by its name, with a link to the other language and to the guide."""
    return {
        "reference.md": _linked(reference("en"), "[中文](reference.zh-CN.md) · [Guide](guide.md)"),
        "reference.zh-CN.md": _linked(reference("zh"), "[English](reference.md) · [指南](guide.zh-CN.md)"),
    }


def _linked(page: str, links: str) -> str:
    title, _, rest = page.partition("\n")
    return f"{title}\n\n{links}\n{rest}".rstrip("\n") + "\n"


def main() -> None:
    """Write both."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    for name, text in pages().items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
