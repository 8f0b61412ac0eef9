import pytest

from ruleswx.reach import constant_origin, is_literal, is_public, names_this_machine


@pytest.mark.parametrize(
    ("template", "origin"),
    [
        ("https://erp.example.com/orders/{{ 单号 }}", ("https", "erp.example.com")),
        ("https://erp.example.com", ("https", "erp.example.com")),
        (" HTTPS://ERP.Example.com?q={{ text }}", ("https", "erp.example.com")),
        ("https://erp.example.com:8443/{% if a %}b{% endif %}", ("https", "erp.example.com")),
        ("http://127.0.0.1:11434/api/chat", ("http", "127.0.0.1")),
        ("http://[::1]:8080/", ("http", "::1")),
        ("https://例子.中国/{{ text }}", ("https", "例子.中国")),
        ("https://{{ text }}/", None),
        ("https://erp.example.com{{ text }}", None),
        ("https://erp.{{ text }}.com/", None),
        ("https://erp.example.com:{{ text }}/", None),
        ("{{ text }}", None),
        ("https://{# x #}erp.example.com/", None),
        ("https://user:pass@erp.example.com/", None),
        ("https://erp.example.com@10.0.0.1/", None),
        ("https://erp.example.com\\@10.0.0.1/", None),
        ("https://a%2eb/", None),
        ("https://a b/", None),
        ("https://erp.example.com:0/", None),
        ("https://erp.example.com:99999/", None),
        ("https:///path", None),
        ("https:erp.example.com", None),
        ("//erp.example.com/", None),
        ("ftp://erp.example.com/", None),
        ("file:///etc/passwd", None),
        ("erp.example.com/x", None),
        ("", None),
    ],
)
def test_scheme_and_host_stand_before_the_first_hole(template: str, origin: tuple[str, str] | None) -> None:
    assert constant_origin(template) == origin


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "2400:3200::1", "64:ff9b::808:808",
                                     "::ffff:8.8.8.8", "2002:808:808::1"])  # fmt: skip
def test_public_addresses(address: str) -> None:
    assert is_public(address)


NOT_PUBLIC = [
    "127.0.0.1", "127.1.2.3", "127.255.255.255", "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.255", "192.168.0.1", "192.168.255.255", "169.254.169.254", "169.254.0.1", "100.64.0.1",
    "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0",
    "febf::1", "fc00::1", "fd00:ec2::254", "fec0::1", "ff02::1", "ff0e::1", "2001:db8::1", "3fff::1", "100::1",
    "2001::1", "2001:10::1", "4000::1", "5f00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:7f00:1", "::127.0.0.1", "::10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:c0a8:1::1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
    "0x7f.1", "127.0.0.1.", "localhost", "0", "1.2.3.4.5", "999.1.1.1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_named(host: str) -> None:
    assert names_this_machine(host)


@pytest.mark.parametrize(
    "host",
    ["localhost.", "localhost.localdomain", "a.localhost", "127.0.0.1.", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0",
     "::", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "ⓛocalhost", "１２７.0.0.1", "example.com", ""],
)  # fmt: skip
def test_this_machine_in_other_spellings_is_not_named(host: str) -> None:
    assert not names_this_machine(host)


def test_literals() -> None:
    assert is_literal("10.0.0.1")
    assert is_literal("::1")
    assert not is_literal("example.com")
