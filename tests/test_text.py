import pytest
from hypothesis import given
from hypothesis import strategies as st

from ruleswx.text import clean, decode_text, find_field, parse_xml, printable, xml_source

ANY = st.text(
    st.characters(codec=None) | st.sampled_from("<>&;/=\"' aemojispnbr#x0123456789\ud83d\udc68"), max_size=300
)


@pytest.mark.parametrize(
    ("raw", "typed"),
    [
        ("早上好<br/>1 &lt; 2", "早上好\n1 < 2"),
        ("a<br>b<BR />c", "a\nb\nc"),
        ("&lt;br/&gt;", "<br/>"),
        ("&amp;lt;br/&amp;gt;", "&lt;br/&gt;"),
        ("&quot;&#39;&nbsp;&apos;&#x4f60;", "\"'\xa0'你"),
        ("a&copy=1 &bogus; & &#0; &#55357; &#1114112;", "a&copy=1 &bogus; & \ufffd \ufffd \ufffd"),
        ('x<span class="emoji emoji1f31b"></span>y', "x🌛y"),
        ('<span class="emoji emoji2600"></span>', "☀"),
        ('<span class="emoji emoji2320e3"></span>', "#\u20e3"),
        ('<span class="emoji emoji1f1e81f1f3"></span>', "🇨🇳"),
        ('<span class="emoji emoji26a0fe0f"></span>', "⚠\ufe0f"),
        ('<span class="emoji emoji1f468200d1f469200d1f467"></span>', "👨\u200d👩\u200d👧"),
        ('<span class="emoji emoji1f450"></span', "👐"),
        ('a<span class="emoji emoji1f450"></span b', "a👐 b"),
        ("<span class='emoji emoji1F31B'></span>", "🌛"),
        ('<span class="emoji emojid83d"></span>', "\ufffd"),
        ('<span class="emoji emoji123"></span>', "\ufffd"),
        ('<span class="emoji emoji0026"></span>lt;', "&lt;"),
        ("<span>plain</span>", "<span>plain</span>"),
        ("[微笑] &lt;笑脸&gt;", "[微笑] <笑脸>"),
    ],
)
def test_content_becomes_what_was_typed(raw: str, typed: str) -> None:
    assert decode_text(raw) == typed


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("1f63c", "1f601"),
        ("1f639", "1f602"),
        ("1f63a", "1f603"),
        ("1f4ab", "1f616"),
        ("1f64d", "1f614"),
        ("1f63b", "1f60d"),
        ("1f63d", "1f618"),
        ("1f64e", "1f621"),
        ("1f63f", "1f622"),
    ],
)
def test_wrong_faces_are_mended_in_spans_only(sent: str, meant: str) -> None:
    assert decode_text(f'<span class="emoji emoji{sent}"></span>') == chr(int(meant, 16))
    assert decode_text(chr(int(sent, 16))) == chr(int(sent, 16))


@given(ANY)
def test_decoding_takes_any_text_and_gives_text_that_can_be_written(text: str) -> None:
    decode_text(text).encode()
    clean(text).encode()
    printable(text).encode()
    xml_source(text).encode()
    find_field(text, "title").encode()


@given(st.text(max_size=200))
def test_escaped_text_comes_back_whole(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")
    assert decode_text(escaped) == text


def test_surrogate_pairs_are_joined_and_lone_ones_replaced() -> None:
    assert clean("\ud83d\ude00 \ud83d x \ude00") == "😀 \ufffd x \ufffd"


def test_printable_drops_what_could_turn_a_line_around() -> None:
    assert printable("a\u202eb\x1b[31m\x07c\n") == "ab[31mc"


def test_xml_is_unescaped_once_and_freed_of_markup() -> None:
    source = xml_source('x&lt;msg&gt;<br/>&lt;a t="1 &amp;amp; 2"&gt;y&lt;/a&gt;&lt;/msg&gt;')
    root = parse_xml(source)
    assert root is not None
    assert (root.tag, root[0].get("t"), root[0].text) == ("msg", "1 & 2", "y")


def test_plain_xml_is_not_unescaped() -> None:
    root = parse_xml(xml_source('<msg t="a &amp;amp; b"/>'))
    assert root is not None
    assert root.get("t") == "a &amp; b"


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "no xml",
        "<a><b></a>",
        "<a>" * 65 + "</a>" * 65,
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "<! doctype a><a/>",
        "<a/>trailing<b/>",
        "<a>" + "x" * 300_000 + "</a>",
        '<?xml version="1.0" encoding="utf-7"?><a>\ud800</a>&undefined;',
    ],
)
def test_xml_that_is_none_or_dangerous_is_refused(hostile: str) -> None:
    assert parse_xml(hostile) is None


def test_fields_of_broken_xml_are_found_by_pattern() -> None:
    broken = "<msg><img md5=\"ab&amp;c\" aeskey='k' ><title><![CDATA[x<y]]></title><des>d &lt;"
    assert [find_field(broken, name) for name in ("md5", "aeskey", "title", "des", "none")] == [
        "ab&c",
        "k",
        "x<y",
        "d <",
        "",
    ]
