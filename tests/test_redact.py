"""Secrets print as *** and are taken out of text that others wrote."""

import time

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
        ("%40crypt_SECRET_1", ["SECRET"]),
        ("%2540crypt_SECRET_1", ["SECRET"]),
        ("to=https%3A%2F%2Fwx.qq.com%2F%3Fskey%3D%40crypt_SECRET_1%26sid%3DOTHER%2B", ["SECRET", "OTHER"]),
        ("x%253Fsid%253DOTHER", ["OTHER"]),
        ("https%3A%2F%2Flogin.weixin.qq.com%2Fl%2F4aB7xQ2mKw%3D%3D", ["4aB7xQ2mKw"]),
        ("proxy=http%3A%2F%2Fuser%3Apa55%40127.0.0.1%3A1080", ["pa55"]),
        ('{"EncryptUserName": "v1_SECRET", "Ticket": "v2_SECRET@stranger"}', ["SECRET"]),
    ],
)
def test_redact_takes_out_what_opens_the_account(text: str, gone: list[str]) -> None:
    cleaned = redact(text)
    assert "***" in cleaned
    for secret in gone:
        assert secret not in cleaned


def test_redact_leaves_ordinary_lines_alone() -> None:
    assert redact("规则 价格咨询 回答了 小李") == "规则 价格咨询 回答了 小李"


@given(
    st.text("@%&=skeyidcrpt_3DF25420a: ", max_size=60), st.sampled_from(["skey=", "%26sid%3D", "@crypt_", "%40crypt_"])
)
def test_a_secret_behind_its_name_is_taken_out_whatever_stands_around(around: str, name: str) -> None:
    assert "0123456789AB" not in redact(f"{around}&{name}0123456789AB {around}")


@pytest.mark.parametrize("piece", ["%25", "sid%", "%2540", "a://b:", "%3A%2F", "<skey>", "skey=%"])
def test_redact_is_linear_in_the_text(piece: str) -> None:
    began = time.perf_counter()
    redact(piece * 20_000)
    assert time.perf_counter() - began < 2


@given(st.text(max_size=200))
def test_redact_never_raises(text: str) -> None:
    redact(text)
