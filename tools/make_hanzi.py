"""Write ruleswx/fold/hanzi.py: which traditional or variant 汉字 folds to which simplified one.

Source: the Unihan database of the Unicode Consortium (https://www.unicode.org/charts/unihan.html, Unicode licence),
files Unihan_Variants.txt and Unihan_OtherMappings.txt, plain or .bz2; Debian's package `unicode-data` carries them.

    python tools/make_hanzi.py FOLDER_WITH_UNIHAN > ruleswx/fold/hanzi.py

How one-to-many cases are settled, in this order:
1. A character of the mainland's standard list (通用规范汉字表, the kTGH field) is already correct and stays as it is,
   后 of 皇后 as well as 乾 of 乾隆; KEPT below names the ones that Unihan also calls traditional, and why that matters.
   The exceptions are in MAPPED: standard characters whose own use is so rare that the traditional one is meant.
2. kSimplifiedVariant, the first one that is in the standard list (後→后, 隻→只, 髮→发, 麵→面, 裡→里, 鍾→钟).
3. For characters in use in Taiwan or Hong Kong (kBigFive, kHKSCS): kZVariant, else kSemanticVariant, if that names
   exactly one standard character (羣→群, 裏→里, 牀→床).
4. OWN: everyday pairs that Unihan does not give.
Nothing is ever mapped to a character outside the standard list, and words are never changed, only characters.
"""

from __future__ import annotations

import bz2
import sys
from collections.abc import Iterator
from pathlib import Path

# Standard characters that are also the traditional form of another. They stay, so 乾杯 and 干杯, 看著 and 看着,
# 回覆 and 回复, 藉口 and 借口 do not meet; folding them would change 乾隆, 著名, 覆盖, 慰藉, which are correct.
KEPT = "乾吒垵幺瀵瑙苎著薳藉覆阪"
MAPPED = dict(zip("剋夥徵於瞭釐麽", "克伙征于了厘么", strict=True))
OWN = dict(
    zip(
        "妳遊佔唸佈嚐讚姪兇託週牠榦滷蹟傢恆祇迴嘆鉅捲週姦麼甦",
        "你游占念布尝赞侄凶托周它干卤迹家恒只回叹巨卷周奸么苏",
        strict=True,
    )
)
# Bare components and a religious sign: nobody writes them for the word.
NOT_WORDS = "亻冂冖冫刂勹囗夂忄扌攴氵灬爫牜犭礻糹艹衤辶阝飠歺卍宀巛尣丨丿亅彐亼宂夅"


def _char(code: str) -> str:
    """Return the character of a field such as U+4E7E<kMatthews."""
    return chr(int("0x" + code.split("<", maxsplit=1)[0][2:], 0))


def rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yield (character, field, value)."""
    data = bz2.decompress(path.read_bytes()) if path.suffix == ".bz2" else path.read_bytes()
    for line in data.decode("utf-8").splitlines():
        if line.startswith("U+"):
            code, name, value = line.split("\t")
            yield _char(code), name, value


def read(folder: Path) -> tuple[set[str], set[str], dict[str, dict[str, list[str]]]]:
    """Return the standard list, the characters in use elsewhere, and the variants by field."""
    standard, elsewhere = set[str](), set[str]()
    variants: dict[str, dict[str, list[str]]] = {}
    for name in ("Unihan_OtherMappings", "Unihan_Variants"):
        path = next(folder.glob(name + ".txt*"))
        for char, field, value in rows(path):
            if field == "kTGH":
                standard.add(char)
            elif field in {"kBigFive", "kHKSCS"}:
                elsewhere.add(char)
            elif field.endswith("Variant"):
                targets = [_char(v) for v in value.split()]
                variants.setdefault(field, {})[char] = targets
    return standard, elsewhere, variants


def settle(folder: Path) -> dict[str, str]:
    """Return the mapping."""
    standard, elsewhere, variants = read(folder)
    table = dict(MAPPED)
    for char, targets in variants["kSimplifiedVariant"].items():
        good = [t for t in targets if t in standard and t != char]
        if char not in standard and good:
            table[char] = good[0]
    simplified = dict(table)
    for field in ("kZVariant", "kSemanticVariant"):
        for char, targets in variants[field].items():
            if char in standard or char in table or char not in elsewhere or char in NOT_WORDS:
                continue
            good = sorted({t if t in standard else simplified.get(t, "") for t in targets} - {""})
            if len(good) == 1:
                table[char] = good[0]
    table.update(OWN)
    settled = {char: table.get(target, target) for char, target in table.items()}
    wrong = {c for c, t in settled.items() if t not in standard or t in settled or c in KEPT}
    if wrong:
        raise SystemExit(f"not settled: {sorted(wrong)}")
    return settled


def wrapped(chars: str) -> str:
    """Return source lines of 100 characters."""
    return "\n".join(f'    "{chars[i : i + 50]}"' for i in range(0, len(chars), 50))


def main() -> None:
    """Print the module."""
    table = settle(Path(sys.argv[1]))
    keys = sorted(table)
    print(f'''"""Traditional and variant 汉字, and the simplified ones they fold to; position by position.

Made by tools/make_hanzi.py from the Unihan database of Unicode (© Unicode, Inc., Unicode licence). Do not edit: that
script says how the cases with several answers are settled. {len(keys)} characters. This module must hold data only.
"""

from __future__ import annotations

__all__ = ["SIMPLIFIED", "TRADITIONAL"]

TRADITIONAL = (
{wrapped("".join(keys))}
)
SIMPLIFIED = (
{wrapped("".join(table[k] for k in keys))}
)''')


if __name__ == "__main__":
    main()
