from matplotlib.figure import Figure

from motionlib.figures import report_style, svg_text


def drawn(salt: str) -> str:
    with report_style(font_size=9.0, salt=salt):
        figure = Figure()
        figure.subplots().plot([0.0, 1.0], [0.0, 2.0])
        return svg_text(figure)


def test_equal_numbers_give_equal_bytes_and_no_date():
    first, second = drawn("a"), drawn("a")
    assert first == second
    assert first.startswith("<svg")
    assert "dc:date" not in first


def test_another_salt_gives_other_ids():
    assert drawn("a") != drawn("b")
