import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.protocol.phrases import Phrase, is_acceptance, read_phrase, without_links

J, L, R, F = "member_join", "member_leave", "group_renamed", "friend_added"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ('你邀请"小林"加入了群聊  ', Phrase(J, who="小林", me_did=True)),
        ('你邀请"小林"加入了群聊  <a href="weixin://revoke/x">撤销</a>', Phrase(J, who="小林", me_did=True)),
        ("You invited 小林 to the group chat.   ", Phrase(J, who="小林", me_did=True)),
        ('"老王"邀请"小林、阿青"加入了群聊', Phrase(J, who="小林、阿青", by="老王")),
        ("“老王”邀请“小林”加入了群聊", Phrase(J, who="小林", by="老王")),
        ("Wang invited Lin to the group chat", Phrase(J, who="Lin", by="Wang")),
        ('"Wang" invited "Lin" to the group chat', Phrase(J, who="Lin", by="Wang")),
        ('"老王"邀请你加入了群聊，群聊参与人还有：小林、阿青', Phrase(by="老王", me_meant=True)),
        ('"老王"邀请你和"小林"加入了群聊', Phrase(by="老王", me_meant=True)),
        ("Wang invited you to a group chat with Lin", Phrase(by="Wang", me_meant=True)),
        ("Wang invited you and Lin to the group chat", Phrase(by="Wang", me_meant=True)),
        ('"小林"通过扫描你分享的二维码加入群聊  ', Phrase(J, who="小林")),
        ('" 小林"通过扫描"老王"分享的二维码加入群聊', Phrase(J, who="小林", by="老王")),
        ('"Lin" joined group chat via the QR code you shared.', Phrase(J, who="Lin")),
        ('"Lin" joined the group chat via the QR Code shared by "Wang".', Phrase(J, who="Lin", by="Wang")),
        ('你将"小林"移出了群聊', Phrase(L, who="小林", me_did=True)),
        ('You removed "Lin" from the group chat', Phrase(L, who="Lin", me_did=True)),
        ('你被"老王"移出群聊', Phrase(L, by="老王", me_meant=True)),
        ('You were removed from the group chat by "Wang"', Phrase(L, by="Wang", me_meant=True)),
        ('"老王"修改群名为“夜读”', Phrase(R, by="老王", topic="夜读")),
        ("你修改群名为“夜“读””", Phrase(R, topic="夜“读”", me_did=True)),
        ('"Wang" changed the group name to "Night"', Phrase(R, by="Wang", topic="Night")),
        ('You changed the group name to "Night"', Phrase(R, topic="Night", me_did=True)),
        ("你已添加了阿青，现在可以开始聊天了。", Phrase(F, who="阿青", me_did=True)),
        ("You have added Qing as your WeChat contact. Start chatting!", Phrase(F, who="Qing", me_did=True)),
        ("阿青刚刚把你添加到通讯录，现在可以开始聊天了。", Phrase(F, who="阿青")),
        ("Qing just added you to his/her contacts list. Send a message to him/her now!", Phrase(F, who="Qing")),
        ("收到红包，请在手机上查看", Phrase("red_packet", kind="red_packet")),
        ("Red packet received. View on phone.", Phrase("red_packet", kind="red_packet")),
        ("发出红包，请在手机上查看", Phrase(kind="red_packet", me_did=True)),
        ("收到转账，请在手机上查看", Phrase(kind="transfer")),
        ('"老王" 拍了拍 "小林"', Phrase("pat", who="小林", by="老王")),
        ('"老王" 拍了拍我', Phrase("pat_me", by="老王", me_meant=True)),
        ('"老王" 拍了拍我的肩膀说辛苦了', Phrase("pat_me", by="老王", me_meant=True)),
        ('"老王" 拍了拍自己', Phrase("pat", by="老王")),
        ('我拍了拍 "小林"', Phrase("pat", who="小林", me_did=True)),
        ('"Wang" tickled me', Phrase("pat_me", by="Wang", me_meant=True)),
        ('"Wang" tickled "Lin"', Phrase("pat", who="Lin", by="Wang")),
    ],
)
def test_each_line_reports_its_event(line: str, read: Phrase) -> None:
    assert read_phrase(line) == read


@pytest.mark.parametrize(
    "line",
    [
        "",
        "位置共享已经结束",
        "如果陌生人主动添加你为朋友，请谨慎核实对方身份。",
        "消息已发出，但被对方拒收了。",
        "群聊",
        "他说你邀请“小林”加入了群聊",
    ],
)
def test_other_lines_stay_plain(line: str) -> None:
    assert read_phrase(line) is None


def test_links_are_cut_as_the_page_does() -> None:
    line = 'X开启了朋友验证，对方验证通过后，才能聊天。<a href="weixin://findfriend/verifycontact">发送朋友验证</a>'
    assert without_links(line) == "X开启了朋友验证，对方验证通过后，才能聊天。"


def test_the_text_a_new_friends_phone_sends() -> None:
    assert is_acceptance("我通过了你的朋友验证请求，现在我们可以开始聊天了")
    assert is_acceptance("I've accepted your friend request. Now let's chat!")
    assert not is_acceptance("我们可以开始聊天了")


@given(st.text(alphabet='"“” 、。你邀请加入了群聊拍我ainvtedyou<>=', max_size=200))
def test_a_line_is_read_as_one_or_not_at_all(line: str) -> None:
    """Whatever is read names people who stand in the line."""
    phrase = read_phrase(line)
    if phrase is not None:
        assert phrase.who in line
        assert phrase.by in line


@pytest.mark.parametrize(
    "part", ['"', "“", " ", '" ', '"a" ', "你邀请", '"a"邀请', "拍了拍", "<a ", "invited ", '"" 拍了拍 ']
)
def test_only_so_much_of_a_line_is_looked_at(part: str) -> None:
    """The patterns cost a bounded time because the line is bounded: what stands behind does not change the reading."""
    line = '你邀请"' + part * (2000 // len(part)) + '"加入了群聊'
    assert read_phrase(line) == read_phrase(line[:1024])
    assert read_phrase('你邀请"' + "a" * 300 + '"加入了群聊') is not None
    assert read_phrase('你邀请"' + "a" * 1100 + '"加入了群聊') is None
