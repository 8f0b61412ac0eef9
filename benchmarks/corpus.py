"""Seeded messages and rules. The same seed gives the same lines everywhere.

Messages are 10 to 200 characters, mostly Chinese, with English, emoji, addresses and mentions. Of the rules 70 % are
keywords, 25 % simple patterns, 5 % complex ones; one in two hundred has no literal that must be there.
"""

from __future__ import annotations

from random import Random

__all__ = ["Rule", "messages", "rules"]

Rule = tuple[str, str]

COMMON = (
    "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发"
    "当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿"
    "回位分爱老因很给名法间斯知世什两次使身者"
    "被高已亲其进此话常与活正感"
)
RARE = (
    "厨咖啡橙柠檬钢琴篮足网乒乓羽毛球泳滑雪骑登山露营钓鱼摄影绘画书法围棋象棋桥牌麻将"
    "扑克魔术舞蹈戏剧相声评弹昆曲京剧越剧黄梅豫剧秦腔川剧粤剧"
)
WORDS = [
    "hello",
    "price",
    "order",
    "please",
    "thanks",
    "meeting",
    "today",
    "tomorrow",
    "group",
    "file",
    "invoice",
    "discount",
    "weekend",
    "project",
    "update",
]
EMOJI = "😀😂❤️👍🎉🙏😭🔥"


def _line(rng: Random) -> str:
    size = min(200, max(10, int(rng.expovariate(1 / 31)) + 10))
    parts: list[str] = []
    while sum(map(len, parts)) < size:
        kind = rng.random()
        if kind < 0.70:
            parts.append("".join(rng.choice(COMMON) for _ in range(rng.randint(3, 12))))
            parts.append(rng.choice(["，", "。", "！", "？", "", "", " "]))
        elif kind < 0.85:
            parts.append(" ".join(rng.choice(WORDS) for _ in range(rng.randint(1, 5))) + " ")
        elif kind < 0.91:
            parts.append(rng.choice(EMOJI))
        elif kind < 0.95:
            parts.append(f"https://example.com/{rng.randrange(10**6)} ")
        else:
            parts.append(f"@{rng.choice(COMMON)}{rng.choice(COMMON)}\u2005")
    return "".join(parts)[:size]


def _keyword(rng: Random) -> str:
    if rng.random() < 0.8:
        return "".join(rng.choice(RARE) for _ in range(rng.randint(3, 5)))
    return "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(rng.randint(6, 10)))


def _rule(rng: Random) -> Rule:
    kind = rng.random()
    word, other = _keyword(rng), _keyword(rng)
    if kind < 0.70:
        return "keyword", word
    if kind < 0.95:
        return "regex", rng.choice([rf"{word}\s*\d+", rf"{word}.{{0,10}}{other}", rf"{word}|{other}", rf"\d+{word}"])
    if kind < 0.995:
        return "regex", rf"(?:{word}|{other})\s*(?:[:=]|是)?\s*([a-z0-9]{{4,12}}).*{_keyword(rng)}?"
    return "regex", rng.choice(
        [rf"^\d{{{rng.randint(12, 20)}}}$", rf"[a-f]{{{rng.randint(7, 9)}}}\d", r"^[x-z]{4,}\s*\d+$"]
    )


def rules(count: int, seed: int = 1) -> list[Rule]:
    """Return so many rules; a longer list begins with the shorter one."""
    rng = Random(seed)
    return [_rule(rng) for _ in range(count)]


def _hit(rule: Rule) -> str:
    kind, source = rule
    if kind == "keyword":
        return source
    word = source.removeprefix("(?:").removeprefix(r"\d+").split("\\")[0].split("|")[0].split(".")[0]
    return f"12{word} 是 abc123 {source if '{0,10}' not in source else source.replace('.{0,10}', '和')}"


def messages(count: int, against: list[Rule], hits: float = 0.01, seed: int = 2) -> list[str]:
    """Return so many messages, a part of which carry what one of the rules looks for."""
    rng = Random(seed)
    lines = []
    for _ in range(count):
        line = _line(rng)
        if against and rng.random() < hits:
            at = rng.randrange(len(line) + 1)
            line = line[:at] + _hit(rng.choice(against)) + line[at:]
        lines.append(line)
    return lines
