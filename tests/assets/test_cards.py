import re
import xml.etree.ElementTree as ET

import pytest

from assets.cards import HEIGHT, WIDTH, card
from assets.previews import plot

SVG = "{http://www.w3.org/2000/svg}"


def drawn(width: float, height: float) -> bytes:
    import base64

    text = str(plot(lambda axes: axes.set(title="t"), width=width, height=height).value)
    found = re.search(r"base64,(.*)\)", text)
    assert found
    return base64.b64decode(found.group(1))


@pytest.mark.parametrize(("width", "height"), [(7.0, 3.6), (3.0, 9.0), (30.0, 1.0), (1.0, 0.8)])
def test_a_picture_of_any_shape_fits_below_the_verdict(width: float, height: float) -> None:
    root = ET.fromstring(card("13 of 14 clips kept", drawn(width, height)))
    assert int(root.attrib["width"]) == WIDTH
    assert int(root.attrib["height"]) <= HEIGHT
    (text,) = root.findall(f"{SVG}text")
    assert text.text == "13 of 14 clips kept"
    (image,) = root.findall(f"{SVG}image")
    shown = float(image.attrib["width"]), float(image.attrib["height"])
    assert float(image.attrib["y"]) > float(text.attrib["y"])
    assert float(image.attrib["y"]) + shown[1] <= HEIGHT
    assert shown[0] / shown[1] == pytest.approx(width / height, rel=0.05)
    assert shown[0] <= width * 100 + 1  # never larger than it is


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
