import pytest

from ruleswx.protocol.notices import Notice, read_notice, read_system


def revoke(inner: str, prefix: str = "") -> str:
    return (
        f'{prefix}&lt;sysmsg type="revokemsg"&gt;&lt;revokemsg&gt;&lt;session&gt;wxid_x&lt;/session&gt;'
        f"&lt;oldmsgid&gt;1072600001&lt;/oldmsgid&gt;{inner}&lt;/revokemsg&gt;&lt;/sysmsg&gt;"
    )


def said(text: str) -> str:
    return f"&lt;replacemsg&gt;&lt;![CDATA[{text}]]&gt;&lt;/replacemsg&gt;"


@pytest.mark.parametrize(
    ("content", "facts", "text", "by", "me"),
    [
        (
            revoke("&lt;msgid&gt;6660000000000000001&lt;/msgid&gt;" + said("你撤回了一条消息")),
            {"recalled": "6660000000000000001"},
            "你撤回了一条消息",
            "",
            True,
        ),
        (
            revoke("&lt;msgid&gt;1&lt;/msgid&gt;&lt;newmsgid&gt;2&lt;/newmsgid&gt;" + said('"小林" 撤回了一条消息')),
            {"recalled": "1", "recalled_new": "2"},
            '"小林" 撤回了一条消息',
            "小林",
            False,
        ),
        (
            "&lt;revokemsg&gt;&lt;msgid&gt;7&lt;/msgid&gt;"
            + said('"Lin" has recalled a message.')
            + "&lt;/revokemsg&gt;",
            {"recalled": "7"},
            '"Lin" has recalled a message.',
            "Lin",
            False,
        ),
        (
            revoke("&lt;msgid&gt;0x;drop&lt;/msgid&gt;" + said("You recalled a message")),
            {},
            "You recalled a message",
            "",
            True,
        ),
        (
            "&lt;sysmsg&gt;&lt;revokemsg&gt;&lt;msgid&gt;8&lt;/msgid&gt;" + said("broken"),
            {"recalled": "8"},
            "broken",
            "",
            False,
        ),
    ],
)
def test_recalls(content: str, facts: dict[str, str], text: str, by: str, me: bool) -> None:
    assert read_notice(content) == Notice("recalled", "recall", text, by=by, me_did=me, facts=facts)


def test_a_nudge_comes_as_xml_too() -> None:
    pat = (
        '&lt;sysmsg type="pat"&gt;&lt;pat&gt;&lt;fromusername&gt;wxid_a&lt;/fromusername&gt;'
        '&lt;template&gt;&lt;![CDATA["老王" 拍了拍我]]&gt;&lt;/template&gt;&lt;/pat&gt;&lt;/sysmsg&gt;'
    )
    assert read_notice(pat) == Notice(event="pat_me", text='"老王" 拍了拍我', by="老王", me_meant=True)
    odd = pat.replace('"老王" 拍了拍我', "${wxid_a} 拍了拍")
    assert read_notice(odd).event == "pat"


def test_other_notices_show_their_sentence() -> None:
    line = '群公告 &lt;a href="x"&gt;看&lt;/a&gt;'
    tips = f'&lt;sysmsg type="roomtoolstips"&gt;&lt;text&gt;&lt;![CDATA[{line}]]&gt;&lt;/text&gt;&lt;/sysmsg&gt;'
    notice = read_notice(tips)
    assert notice.kind == "system"
    assert notice.text.startswith("群公告")
    assert read_notice("") == Notice()
    assert read_notice("not xml") == Notice()


def test_a_grey_line_is_decoded_before_it_is_read() -> None:
    notice = read_system('你邀请"A &amp;amp; B"加入了群聊  &lt;a href="weixin://revoke"&gt;撤销&lt;/a&gt;')
    assert (notice.event, notice.who, notice.me_did) == ("member_join", "A &amp; B", True)
    renamed = read_system('"老王"修改群名为“夜读”')
    assert (renamed.event, renamed.facts) == ("group_renamed", {"topic": "夜读"})
