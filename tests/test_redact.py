"""Secrets print as *** and are taken out of text that others wrote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.redact import Secret, redact


def test_a_secret_does_not_print() -> None:
    secret = Secret("@crypt_5f3a91c2_7d0e")
    assert f"{secret} {secret!r} {[secret]}" == "*** *** [***]"
    assert secret.reveal() == "@crypt_5f3a91c2_7d0e"
    assert not Secret()


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        (
            "GET https://wx.qq.com/x?skey=%40crypt_1_2&sid=Vq8%2B&uin=1403256789&lang=zh_CN",
            ["Vq8", "1403256789", "crypt_1"],
        ),
        (
            '{"BaseRequest":{"Uin":1403256789,"Sid":"Vq8+ZkT3nLw0","Skey":"@crypt_5f_7d"}}',
            ["1403256789", "Vq8+", "5f_7d"],
        ),
        ("<skey>@crypt_aa_bb</skey><wxsid>Vq8+Zk</wxsid><pass_ticket>rT9%2B</pass_ticket>", ["aa_bb", "Vq8", "rT9"]),
        ("https://login.weixin.qq.com/l/4aB7xQ2mKw==", ["4aB7xQ2mKw"]),
        ("Cookie: wxsid=abcdef; webwx_data_ticket=gTx0Pq", ["abcdef", "gTx0Pq"]),
        ("socks5://user:pa55@127.0.0.1:1080", ["pa55"]),
    ],
)
def test_redact_takes_out_what_opens_the_account(text: str, gone: list[str]) -> None:
    cleaned = redact(text)
    assert "***" in cleaned
    for secret in gone:
        assert secret not in cleaned


def test_redact_leaves_ordinary_lines_alone() -> None:
    assert redact("规则 价格咨询 回答了 小李") == "规则 价格咨询 回答了 小李"


@given(st.text(max_size=200))
def test_redact_never_raises(text: str) -> None:
    redact(text)
