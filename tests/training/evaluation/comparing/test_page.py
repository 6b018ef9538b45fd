import pytest

from tests.training.evaluation.comparing.conftest import Save
from tests.training.evaluation.test_report import Page
from training.evaluation.comparing.compare import Compared, compare
from training.evaluation.comparing.page import comparison_html
from training.evaluation.comparing.sides import side_of_table


@pytest.fixture
def done(save: Save) -> Compared:
    names = [f"walk <{i}>" for i in range(31)]
    one = {n: {"body_pos_error_mean": 0.1 + 0.001 * i} for i, n in enumerate(names)}
    two = {n: {"body_pos_error_mean": 0.09 + 0.0011 * i} for i, n in enumerate(names)}
    two[names[5]]["failure_s"] = 0.4
    titles = {names[5]: "forward <fast>"}
    joined = {"dataset": ["A & B"] * 16 + ["C"] * 15}
    first = side_of_table(save("a.parquet", one, joined=joined, titles=titles), label="<one>")
    second = side_of_table(save("b.parquet", two, joined=joined), label="two")
    return compare(first, second)


def test_the_page_needs_nothing_else_and_says_how_sure_it_is(done: Compared) -> None:
    html = comparison_html([done], title="two against <one>")
    page = Page(html)
    assert page.open == []
    assert page.loads == []
    for raw in ("walk <5>", "<one>", "forward <fast>"):
        assert raw not in html
    words = " ".join(" ".join(page.words).split())
    assert "two against <one>" in words
    assert html.count("<svg") == 1
    assert "only under <one>: 1 walk <5> forward <fast> fall" in words
    assert "p = " in words, "datasets of fewer than 30 motions"
    assert "A & B" in words
    assert "would if nothing differed" in words
    assert words.count("96.67") == 0
    assert "[-" in words


def test_several_sides_are_each_against_the_first_with_equal_bytes(done: Compared) -> None:
    html = comparison_html([done, done], title="both")
    assert Page(html).open == []
    _, one, two = html.split("<h2>two against &lt;one&gt;</h2>")
    assert one.count("<svg") == 1
    assert two.startswith(one.rstrip())
