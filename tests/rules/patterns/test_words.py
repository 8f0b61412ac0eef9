from ruleswx.rules.patterns.words import DIGITS, WORDS


def test_ranges_are_in_order_and_leave_surrogates_out() -> None:
    for table in (WORDS, DIGITS):
        last = -1
        for word in table.split():
            first, _, end = word.partition("-")
            assert int(first, 16) > last
            last = int(end or first, 16)
            assert not int(first, 16) < 0xD800 <= last
