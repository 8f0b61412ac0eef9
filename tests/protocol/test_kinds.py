import pytest

from ruleswx.protocol.kinds import KINDS, codes_of, kind_name


@pytest.mark.parametrize(
    ("code", "app", "kind"),
    [
        (1, 0, "text"),
        (3, 0, "image"),
        (34, 0, "voice"),
        (37, 0, "friend_request"),
        (42, 0, "card"),
        (43, 0, "video"),
        (62, 0, "video"),
        (47, 0, "emoticon"),
        (48, 0, "location"),
        (49, 0, "app"),
        (49, 3, "app"),
        (49, 17, "app"),
        (49, 5, "link"),
        (49, 6, "file"),
        (49, 8, "emoticon"),
        (49, 33, "mini_program"),
        (49, 36, "mini_program"),
        (49, 57, "quote"),
        (49, 2000, "transfer"),
        (49, 2001, "red_packet"),
        (50, 0, "voip"),
        (52, 0, "voip"),
        (53, 0, "voip"),
        (10000, 0, "system"),
        (10002, 0, "system"),
        (1, 2001, "red_packet"),
        (12345, 0, "other"),
    ],
)
def test_every_number_has_its_word(code: int, app: int, kind: str) -> None:
    assert kind_name(code, app) == kind
    assert kind in KINDS


def test_a_location_sent_as_text_is_no_text() -> None:
    assert kind_name(1, sub_code=48) == "location"
    assert kind_name(1, url="http://apis.map.qq.com/uri/v1/geocoder?coord=1,2") == "location"
    assert kind_name(1, url="http://example.com") == "text"


@pytest.mark.parametrize("kind", sorted(KINDS - {"other", "recalled", "location"}))
def test_a_word_stands_for_numbers_that_are_read_as_that_word(kind: str) -> None:
    assert kind_name(*codes_of(kind)) == kind


def test_numbers_may_be_written_as_they_are() -> None:
    assert [codes_of(kind) for kind in ("3", "49/5", "location", "recalled", "other")] == [
        (3, 0),
        (49, 5),
        (1, 0),
        (10002, 0),
        (1, 0),
    ]
