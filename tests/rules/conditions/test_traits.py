"""url, phone, number, mention; titles and file names."""

import pytest

from tests.rules.bot import Bot, row, why


def has(what: str, text: str) -> str | None:
    bot = Bot(f"reply: [{{rule: 一, when: {{group: all, has: {what}}}, do: {{log: 好}}}}]")
    found = row(bot.judge(text, group="产品群"), "一")
    return text[slice(*found.matched)] if found.matched else None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("看 http://t.cn/x 吧", "http://t.cn/x"),
        ("看ｈｔｔｐｓ：／／ａ．ｃｎ", "ｈｔｔｐｓ：／／ａ．ｃｎ"),
        ("上example.com/a，好", "example.com/a"),
        ("www.baidu.com", "www.baidu.com"),
        ("去 t.cn?x=1#y", "t.cn?x=1#y"),
        ("邮箱 a@b.com", None),
        ("3.5 元和 v1.2.3", None),
        ("没有", None),
        ("a.comrade", None),
    ],
)
def test_url(text: str, url: str | None) -> None:
    assert has("url", text) == url


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("打13800138000", "13800138000"),
        ("１３８ 0013 8000", "１３８ 0013 8000"),
        ("+86 138-0013-8000", "+86 138-0013-8000"),
        ("010-12345678", "010-12345678"),
        ("400-800-1234", "400-800-1234"),
        ("订单 2138001380001", None),
        ("12345678901", None),
    ],
)
def test_phone(text: str, phone: str | None) -> None:
    assert has("phone", text) == phone


def test_number_and_mention() -> None:
    assert has("number", "第１2个") == "１2"
    assert has("number", "一二三") is None
    bot = Bot("reply: [{rule: 一, when: {group: all, has: [url, mention]}, do: {log: 好}}]")
    assert row(bot.judge("@小李\u2005好", group="产品群"), "一").outcome == "matched"
    assert why(bot.judge("好", group="产品群"), "一") == "no url, no mention"


def test_titles_and_file_names() -> None:
    bot = Bot("reply: [{rule: 一, when: {group: all, title: 促銷}, do: {log: 好}},"
              " {rule: 二, when: {group: all, file_name: [.exe, 发票]}, do: {log: 好}}]")  # fmt: skip
    link = bot.judge("", group="产品群", kind="link", facts={"title": "大促销"})
    assert row(link, "一").outcome == "matched"
    assert why(bot.judge("", group="产品群", kind="file", facts={"file_name": "a.EXE"}), "二") == "file name has .exe"
    assert why(bot.judge("", group="产品群", kind="file", facts={"file_name": "a.pdf"}), "二") == (
        "file name a.pdf has none of .exe, 发票"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "url", "phone", "number"),
    [
        ("a-" * 2000, None, None, None),
        ("a." * 2000, None, None, None),
        ("1" * 4000, None, None, 4000),
        ("http://" * 500, 7 + 2048, None, None),
        ("x.cn/" + "b" * 4000, 5 + 2048, None, None),
        ("a" * 64 + ".cn", None, None, None),
    ],
)
def test_what_is_found_in_a_long_text_is_bounded(
    text: str, url: int | None, phone: int | None, number: int | None
) -> None:
    found = [has(what, text) for what in ("url", "phone", "number")]
    assert [one and len(one) for one in found] == [url, phone, number]


@pytest.mark.parametrize(
    ("names", "file_name", "hit"),
    [
        ("'*.pdf'", "报价单.PDF", True),
        ("'*.pdf'", "报价单.pdf.exe", False),
        ("合同*", "合同2026.docx", True),
        ("合同*", "旧合同.docx", False),
        ("'*合同*'", "旧合同.docx", True),
        ("'*'", "a.zip", True),
        ("['*.pdf', 发票]", "电子发票.zip", True),
        ("['*.pdf', 发票]", "电子回单.zip", False),
    ],
)
def test_a_star_says_at_which_end_of_the_name(names: str, file_name: str, hit: bool) -> None:
    bot = Bot(f"watch: [{{rule: 一, when: {{group: all, file_name: {names}}}, do: {{log: 好}}}}]")
    told = why(bot.judge("", group="产品群", kind="file", facts={"file_name": file_name}), "一")
    assert told.startswith("file name has" if hit else f"file name {file_name} has none of")
