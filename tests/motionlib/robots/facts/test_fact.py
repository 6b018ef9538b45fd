"""How facts are put into words."""

from motionlib.robots.facts.fact import facts_by_value, joined, vector


def test_who_says_the_same_is_told_together():
    facts = list(facts_by_value("spring", [("a", "5"), ("b", "7"), ("c", "5")], "0"))
    assert [(fact.model, fact.where) for fact in facts] == [("5", "a, c"), ("7", "b")]
    assert {fact.verdict for fact in facts} == {"overridden"}
    assert list(facts_by_value("spring", [], "0", "kept")) == []


def test_vectors_and_names_are_short_but_whole():
    assert vector([0.0, -0.0, 1.23456]) == "(0 0 1.235)"
    assert joined(str(i) for i in range(30)).count(",") == 29
    assert len(joined(["x" * 500])) < 100
