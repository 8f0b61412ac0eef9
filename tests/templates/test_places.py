from ruleswx.templates.places import Places


def test_tokens_with_offsets() -> None:
    source = "你好 {{ a.b | cut(a) }}\n  {%- if b -%}  x{% endif %}"
    places = Places(source)
    for word in places.words:
        assert source[word.offset : word.offset + len(word.text)] == word.text
    assert places.names("a") == (6, 16)
    assert places.names("b") == (31,)
    assert places.find("if", 2) == (28, 2)
    assert places.find("nowhere", 1) == places.line(1) == (3, 18)


def test_lines_of_broken_templates() -> None:
    assert Places("a\nb {{ c").line(2) == (4, 4)
    assert Places("a\nb").line(2) == (2, 1)
    assert Places("").line(1) == (0, 1)


def test_keywords_are_not_names() -> None:
    assert Places("{{ x | round(x=1) }}{{ x }}").names("x") == (3, 23)
