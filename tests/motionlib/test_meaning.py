"""The meaning of code stays where nothing is done otherwise, and moves where anything is."""

import json

import pytest

from motionlib import meaning
from motionlib.meaning import meaning_of, meaning_of_files

SOURCE = '''"""A module."""

import math
from dataclasses import dataclass

LIMIT = 0.5
"""m, of a step."""


@dataclass(frozen=True)
class Step:
    """One step."""

    length: float = 1.0
    """m"""

    def is_long(self, factor: float = 2.0, *, name="a") -> bool:
        """Whether it is."""
        # a reason
        return self.length > factor * LIMIT and f"{name:>{3}}{factor:{3}.{2}f}" != {**{}, "a": None}
'''
SAME = {
    "a comment": ("# a reason", "# another, much longer\n        # reason"),
    "no comment": ("        # a reason\n", ""),
    "a module's docstring": ('"""A module."""', '"""Another module."""'),
    "no docstring": ('        """Whether it is."""\n', ""),
    "a class's docstring": ('"""One step."""', '"""A step."""'),
    "a docstring of an attribute": ('    """m"""\n', '    """metres"""\n'),
    "no docstring of an attribute": ('"""m, of a step."""\n', ""),
    "blank lines": ("LIMIT = 0.5\n", "\n\nLIMIT = 0.5\n\n\n"),
    "brackets and a trailing comma": ('name="a") ->', 'name="a",) ->'),
    "broken lines": ("frozen=True", "\n    frozen=True,\n"),
    "the same number": ("LIMIT = 0.5", "LIMIT = .50"),
    "other quotes": ('name="a"', "name='a'"),
}
OTHER = {
    "a constant": ("LIMIT = 0.5", "LIMIT = 0.6"),
    "its type": ("length: float = 1.0", "length: float = 1"),
    "true for one": ("frozen=True", "frozen=1"),
    "a name": ("LIMIT", "BOUND"),
    "a default": ("factor: float = 2.0", "factor: float = 3.0"),
    "no default": (' = 2.0, *, name="a"', " = 2.0, *, name"),
    "a decorator": ("@dataclass(frozen=True)\n", ""),
    "an annotation": ("length: float", "length: int"),
    "an operator": ("> factor", ">= factor"),
    "an order": ("factor * LIMIT", "LIMIT * factor"),
    "a format": ("{name:>{3}}", "{name:>{4}}"),
    "an import": ("import math", "import cmath"),
    "a value that is none": ('"a": None', '"a": 0'),
    "a key": ('{**{}, "a": None}', '{"b": {}, "a": None}'),
    "an argument's kind": ("*, name", "name"),
    "a statement": ("        return", "        name = name\n        return"),
}


@pytest.mark.parametrize("change", SAME)
def test_what_changes_nothing_leaves_the_meaning(change):
    old, new = SAME[change]
    assert SOURCE.count(old) == 1
    assert meaning_of(SOURCE.replace(old, new)) == meaning_of(SOURCE)


@pytest.mark.parametrize("change", OTHER)
def test_what_changes_anything_moves_the_meaning(change):
    old, new = OTHER[change]
    assert old in SOURCE
    assert meaning_of(SOURCE.replace(old, new)) != meaning_of(SOURCE)


def test_all_changes_differ_from_one_another():
    meanings = {meaning_of(SOURCE.replace(*change)) for change in OTHER.values()}
    assert len(meanings) == len(OTHER)


@pytest.mark.parametrize("other", ["[1, None]", "[1, '-']", "[1, ()]", "[1, ';']", "[[1], None]"])
def test_values_are_told_apart_from_the_signs_around_them(other):
    assert (meaning_of(f"x = {other}") == meaning_of("x = [1, None]")) == (other == "[1, None]")


def test_bytes_and_text_mean_the_same():
    assert meaning_of(SOURCE.encode()) == meaning_of(SOURCE)
    assert meaning_of("# coding: latin-1\nx = 'ä'\n".encode("latin-1")) == meaning_of("x = 'ä'")


def test_the_meaning_is_the_same_in_every_version_of_python():
    """A number that all of them find: fields that one version adds are no part of it."""
    assert meaning_of(SOURCE)[:16] == "dfe674695808c3bf"
    assert meaning_of("def f[T](x): pass") != meaning_of("def f(x): pass")


@pytest.mark.parametrize("text", ["def", "x = (\0)", "(" * 5000, "-" * 20_000 + "1"])
def test_what_python_cannot_read_means_its_bytes(text):
    assert meaning_of(text) == meaning_of(text.encode())
    assert meaning_of(text) != meaning_of(text + " ")
    assert len(meaning_of(text)) == 64


def test_numbers_of_any_size_are_told():
    assert meaning_of("x = 0x" + "f" * 9000) != meaning_of("x = 0x" + "f" * 8999 + "e")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Where meanings are remembered, and what this process remembers, for one test alone."""
    path = tmp_path / "kept" / "meanings.json"
    monkeypatch.setattr(meaning, "_place", lambda: path)
    meaning._remembered.cache_clear()
    yield path
    meaning._remembered.cache_clear()


@pytest.fixture
def files(tmp_path):
    folder = tmp_path / "code"
    folder.mkdir()
    for name, text in (("a.py", "x = 1\n"), ("b.py", "y = 1\n")):
        (folder / name).write_text(text)
    return [folder / "a.py", folder / "b.py"]


def in_a_new_process(files):
    meaning._remembered.cache_clear()
    return meaning_of_files(files, files[0].parent)


def test_files_count_with_their_names_in_any_order(files, place):
    root = files[0].parent
    found = meaning_of_files(files, root)
    assert meaning_of_files(files[::-1], root) == found
    assert meaning_of_files(files[:1], root) != found
    assert meaning_of_files(files, root.parent) != found
    files[0].write_text("x = 1  # one\n")
    assert meaning_of_files(files, root) == found
    files[0].write_text("y = 1\n")
    files[1].write_text("x = 1\n")
    assert meaning_of_files(files, root) != found


def test_a_meaning_is_worked_out_once(files, place, monkeypatch):
    found = in_a_new_process(files)
    monkeypatch.setattr(meaning, "meaning_of", lambda source: pytest.fail(f"{source!r} again"))
    assert in_a_new_process(files) == found
    assert meaning_of_files(files, files[0].parent) == found


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"content": {"meanings": [["a", "b"]]}}'])
def test_a_damaged_memory_is_made_again(files, place, damage):
    found = in_a_new_process(files)
    sound = place.read_bytes()
    place.write_text(damage)
    assert in_a_new_process(files) == found
    assert place.read_bytes() == sound


def test_a_meaning_that_was_tampered_with_is_not_believed(files, place):
    found = in_a_new_process(files)
    kept = json.loads(place.read_text())
    kept["content"]["meanings"][0][1] = "0" * 64
    place.write_text(json.dumps(kept))
    assert in_a_new_process(files) == found


def test_a_place_that_cannot_be_written_does_no_harm(files, place):
    place.parent.write_text("a file where a folder should be")
    found = in_a_new_process(files)
    assert in_a_new_process(files) == found
    assert place.parent.is_file()


def test_what_is_remembered_is_bounded(files, place, monkeypatch):
    monkeypatch.setattr(meaning, "_MOST_REMEMBERED", 3)
    for number in range(5):
        files[0].write_text(f"x = {number}\n")
        in_a_new_process(files)
    assert len(json.loads(place.read_text())["content"]["meanings"]) == 3
