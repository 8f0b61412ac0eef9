import pytest

from ruleswx.protocol.content import Xml, facts_of


def escaped(xml: str) -> str:
    return xml.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", "<br/>")


IMAGE = (
    '<?xml version="1.0"?>\n<msg>\n\t<img length="20480" hdlength="0" aeskey="k" cdnmidimgurl="u" md5="0cc1"/>\n</msg>'
)
QUOTE = (
    "<msg><appmsg appid=''><title>同意</title><des/><type>57</type><refermsg><type>1</type><svrid>77</svrid>"
    "<fromusr>wxid</fromusr><displayname>小林</displayname><content>周五 &amp;lt;聚餐&amp;gt;？</content>"
    "</refermsg></appmsg></msg>"
)


@pytest.mark.parametrize(
    ("kind", "code", "xml", "facts"),
    [
        ("image", 3, IMAGE, {"size": "20480", "md5": "0cc1", "aeskey": "k"}),
        (
            "voice",
            34,
            '<msg><voicemsg voicelength="1580" length="2000"/></msg>',
            {"milliseconds": "1580", "size": "2000"},
        ),
        (
            "video",
            43,
            '<msg><videomsg playlength="12" length="9" md5="m"/></msg>',
            {"seconds": "12", "size": "9", "md5": "m"},
        ),
        ("emoticon", 47, '<msg><emoji md5="e" productid="" len="5"/></msg>', {"md5": "e", "size": "5"}),
        (
            "location",
            1,
            '<msg><location x="30.25" y="120.16" scale="15" label="西湖 &amp; 断桥" poiname="断桥"/></msg>',
            {"latitude": "30.25", "longitude": "120.16", "label": "西湖 & 断桥", "place": "断桥"},
        ),
        (
            "card",
            42,
            '<msg username="w" nickname="阿青" alias="aq" province="浙江"/>',
            {"name": "阿青", "alias": "aq", "province": "浙江"},
        ),
        (
            "friend_request",
            37,
            '<msg fromusername="wxid_abc" fromnickname="阿青" content="我是阿青" scene="30" ticket="v2_x@stranger"/>',
            {"name": "阿青", "greeting": "我是阿青", "wxid": "wxid_abc", "ticket": "v2_x@stranger", "scene": "30"},
        ),
        (
            "link",
            49,
            (
                "<msg><appmsg><title>标题</title><des>摘要</des><url>http://e.x/?a=1&amp;b=2</url><thumburl>t</thumburl></appmsg>"
                "<appinfo><appname>报</appname></appinfo></msg>"
            ),
            {"title": "标题", "description": "摘要", "url": "http://e.x/?a=1&b=2", "picture": "t", "app": "报"},
        ),
        ("quote", 49, QUOTE, {"title": "同意", "quoted": "周五 <聚餐>？", "quoted_name": "小林", "quoted_id": "77"}),
        (
            "transfer",
            49,
            (
                "<msg><appmsg><title>微信转账</title><des>收到转账0.10元</des><wcpayinfo><paysubtype>1</paysubtype>"
                "<feedesc>￥0.10</feedesc><transferid>9</transferid></wcpayinfo></appmsg></msg>"
            ),
            {"title": "微信转账", "description": "收到转账0.10元", "amount": "￥0.10", "transfer": "9", "status": "1"},
        ),
        ("text", 1, "<msg/>", {}),
    ],
)
def test_each_kind_tells_its_facts(kind: str, code: int, xml: str, facts: dict[str, str]) -> None:
    assert facts_of(kind, code, Xml(escaped(xml))) == facts


def test_broken_xml_still_gives_what_matters() -> None:
    xml = Xml(escaped('<msg><img aeskey="k" md5="m" length="9"'))
    assert xml.root is None
    assert facts_of("image", 3, xml) == {"size": "9", "md5": "m", "aeskey": "k"}
    assert Xml(escaped("<msg><appmsg><title>T</title><type>6")).get("appmsg/title") == "T"


def test_the_app_type_is_a_number_or_nothing() -> None:
    assert Xml(escaped(QUOTE)).app_type() == 57
    assert Xml("").app_type() == 0
    assert Xml("<msg><appmsg><type>６</type></appmsg></msg>").app_type() == 0
    assert Xml("<msg><appmsg><type>" + "9" * 50 + "</type></appmsg></msg>").app_type() == 0


def test_bombs_are_refused_before_the_parser() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;">]><msg><img md5="&c;"/></msg>'
    assert Xml(bomb).root is None
    assert len(facts_of("image", 3, Xml(escaped(bomb))).get("md5", "")) < 10
