"""YAML: what is out of proportion is refused with its line, all else is read as before."""

import pytest
import yaml

from motionlib.containers.yaml_text import load_yaml, read_text
from motionlib.errors import FormatError, KindError

PLAIN = """
a: &base {x: 1, y: [1.5, true, null, '2020']}
b: {<<: *base, z: 2}
c: *base
d: 2020-01-02
e: 0x1F
f: "9999999999999999999999999999999999"
g: |
  text of
  two lines
"""


def test_values_and_aliases_are_those_of_yaml() -> None:
    assert load_yaml(PLAIN) == yaml.safe_load(PLAIN)
    assert load_yaml("") is None


def test_a_key_written_twice_is_refused_if_asked_for() -> None:
    assert load_yaml("a: 1\na: 2") == {"a": 2}
    with pytest.raises(FormatError, match="key 'a' is written twice"):
        load_yaml("a: 1\na: 2", unique_keys=True)
    assert load_yaml(PLAIN, unique_keys=True) == yaml.safe_load(PLAIN)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: " + "[" * 60 + "]" * 60, "line 1: nested deeper than 50 levels"),
        ("a: &a [*a]", "line 1: alias \\*'a' is not complete yet"),
        ("a: " + "9" * 200, "line 1: a number of 200 characters, expected at most 100"),
        ("\n123456789012345678901: a", "line 2: a number of 21 characters, expected at most 18"),
        ('a: !!int "' + "1" * 200 + '"', "a number of 200 characters"),
        ("a: !!python/object/apply:os.abort []", "could not determine a constructor"),
        ("a: [1", "line 1|while parsing"),
        ("a: 2020-99-99", "month"),
        ("? [a]\n: b", "unhashable"),
    ],
)
def test_what_is_wrong_is_said(text, words) -> None:
    for unique in (False, True):
        with pytest.raises(FormatError, match=words):
            load_yaml(text, unique_keys=unique)


def test_aliases_are_counted_as_if_they_were_written_out() -> None:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    levels += [
        f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]"
        for before, name in zip("abcdefg", "bcdefgh", strict=True)
    ]
    assert len(load_yaml("\n".join(levels[:3]))["c"]) == 10
    with pytest.raises(FormatError, match=r"line \d: aliases make \d+ values of \d+"):
        load_yaml("\n".join(levels))


def test_text_is_utf8_without_its_mark(tmp_path) -> None:
    (tmp_path / "a").write_bytes("\ufeffé".encode())
    assert read_text(tmp_path / "a") == "é"
    (tmp_path / "a").write_bytes(b"\xff")
    with pytest.raises(KindError, match="not UTF-8 text"):
        read_text(tmp_path / "a")
