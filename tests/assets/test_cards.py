import base64
import re
import xml.etree.ElementTree as ET

import pytest

from assets.cards import CELL_WIDTH, HEIGHT, WIDTH, card, cell_picture
from assets.previews import plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(width: float, height: float) -> bytes:
    text = str(plot(lambda axes: axes.set(title="t"), width=width, height=height).value)
    found = re.search(r"base64,(.*)\)", text)
    assert found
    return base64.b64decode(found.group(1))


@pytest.mark.parametrize(
    ("width", "height", "folded"),
    [(7.0, 3.6, False), (3.0, 9.0, True), (30.0, 1.0, False), (1.0, 0.8, False)],
)
def test_a_picture_stands_below_the_verdict_as_large_as_can_be_read(
    width: float, height: float, folded: bool
) -> None:
    root = ET.fromstring(card("13 of 14 clips kept", drawn(width, height)))
    assert int(root.attrib["width"]) == WIDTH
    assert (int(root.attrib["height"]) > HEIGHT) == folded
    (text,) = root.findall(f"{SVG}text")
    assert text.text == "13 of 14 clips kept"
    (image,) = root.findall(f"{SVG}image")
    shown = float(image.attrib["width"]), float(image.attrib["height"])
    top = float(image.attrib["y"])
    assert top > float(text.attrib["y"])
    assert top + shown[1] == pytest.approx(float(root.attrib["height"]), abs=1.0)
    assert shown[0] <= WIDTH
    assert shown[0] / shown[1] == pytest.approx(width / height, rel=0.05)
    assert shown[0] <= width * 100 + 1  # never larger than it is


@pytest.mark.parametrize(("width", "shown"), [(9.6, CELL_WIDTH), (3.0, 300)])
def test_a_plot_is_no_wider_than_its_cell_and_keeps_its_dots(width: float, shown: int) -> None:
    picture = drawn(width, 2.0)
    root = ET.fromstring(cell_picture(picture))
    assert int(root.attrib["width"]) == shown
    (image,) = root.findall(f"{SVG}image")
    assert base64.b64decode(image.attrib["href"].partition(",")[2]) == picture


def test_a_verdict_is_text_whatever_stands_in_it_and_two_lines_at_most() -> None:
    root = ET.fromstring(card("<script>&" + " word" * 200))
    lines = [each.text or "" for each in root.findall(f"{SVG}text")]
    assert len(lines) == 2
    assert lines[0].startswith("<script>& word")
    assert lines[1].endswith("…")
    assert not root.findall(f".//{SVG}script")


def test_what_is_no_picture_is_refused() -> None:
    with pytest.raises(ValueError, match="no PNG"):
        card("fine", b"GIF89a")
    with pytest.raises(ValueError, match="no PNG"):
        cell_picture(b"")
