"""Texts of numbers as people's programs write them, and what is refused."""

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.formats.csv_table import read_csv_table

ROWS = np.array([[0.5, -1.25, 3.0], [1.5, 2.0, -4.0]])
PLAIN = "0.5,-1.25,3\n1.5,2,-4\n"


def read(tmp_path, content):
    path = tmp_path / "x.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_csv_table(path)


@pytest.mark.parametrize(
    "content",
    [
        PLAIN,
        PLAIN.replace("\n", "\r\n"),
        PLAIN.replace("\n", "\r"),
        b"\xef\xbb\xbf" + PLAIN.encode(),
        PLAIN.encode("utf-16"),
        PLAIN.replace(",", ";"),
        PLAIN.replace(",", ";").replace(".", ","),
        PLAIN.replace(",", "\t"),
        PLAIN.replace(",", "   "),
        PLAIN.replace(",", ", "),
        PLAIN.replace("\n", ",\n"),
        "\n" + PLAIN.replace("\n", "\n\n"),
        "# by a program\n" + PLAIN,
        "A title\n" + PLAIN,
    ],
)
def test_every_spelling_gives_the_same_numbers(tmp_path, content):
    table = read(tmp_path, content)
    assert (table.values == ROWS).all()
    assert table.header == ()


@pytest.mark.parametrize(
    ("head", "header"),
    [
        ("a,b,c\n", ("a", "b", "c")),
        ('"a","b","c",\n', ("a", "b", "c")),
        ("# made at 60 Hz\n# a,b,c\n", ("a", "b", "c")),
        ("a,b (°),c\n".encode("cp1252"), ("a", "b (°)", "c")),
        ("a,b,c\nm,deg,-\n", ("a (m)", "b (deg)", "c (-)")),
        ("a,b,c\n[m],[1],-\n", ("a (m)", "b ()", "c (-)")),
    ],
)
def test_names_and_units_stand_above_the_numbers(tmp_path, head, header):
    table = read(tmp_path, (head if isinstance(head, bytes) else head.encode()) + PLAIN.encode())
    assert table.header == header
    assert (table.values == ROWS).all()


def test_columns_that_are_only_counted_have_no_names(tmp_path):
    row = ",".join(["0.5"] * 8)
    table = read(tmp_path, f"0,1,2,3,4,5,6,7\n{row}\n{row}\n")
    assert (table.header, table.values.shape) == ((), (2, 8))
    table = read(tmp_path, f",0,1,2,3,4,5,6\n{row}\n{row}\n")
    assert (table.header[:2], table.values.shape) == (("", "0"), (2, 8))


def test_a_comment_may_state_the_rate(tmp_path):
    assert read(tmp_path, "# fps: 50\n" + PLAIN).fps == 50.0
    assert read(tmp_path, PLAIN).fps is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no rows"),
        ("a,b\n" + PLAIN, "header names 2 columns, expected 3"),
        (PLAIN + "1,2\n", "line 3 has 2 columns, those above have 3"),
        (PLAIN + "1,x,2\n", "line 3, column 2 is 'x', expected a number"),
        (PLAIN + "1,inf,2\n", "line 3, column 2 is inf, expected a finite"),
        ("x" * 300_000 + "\n" + PLAIN, "more than 262144 characters"),
        ("words\n" * 100, "first 64 lines hold no numbers"),
        (b"\xff\xfe\x00", "not text"),
        (b"1,2\n\xb0\x00\n", "not text"),
    ],
)
def test_what_is_no_table_is_refused_with_place_and_remedy(tmp_path, content, message):
    with pytest.raises(FormatError, match=message) as caught:
        read(tmp_path, content)
    assert len(str(caught.value)) < 500
