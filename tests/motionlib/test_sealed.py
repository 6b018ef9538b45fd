import contextlib
import json

import pytest

from motionlib.sealed import DamagedError, read_sealed, sealed_text, write_sealed

_CONTENT = {"b": [1, 2.5, None, True], "a": {"ü": "x", "n": -0.0}, "big": 2**60}


def test_what_was_written_is_read(tmp_path):
    write_sealed(tmp_path / "x", _CONTENT)
    assert read_sealed(tmp_path / "x") == _CONTENT
    assert json.loads((tmp_path / "x").read_text())["content"] == _CONTENT


def test_the_text_does_not_depend_on_the_order_of_keys():
    assert sealed_text({"a": 1, "b": 2}) == sealed_text({"b": 2, "a": 1})


def test_keys_and_values_that_json_has_no_word_for_are_sealed_as_they_are_read(tmp_path):
    write_sealed(tmp_path / "x", {10: tmp_path, 9: (1, 2), "f": float("inf")})
    assert read_sealed(tmp_path / "x") == {"10": str(tmp_path), "9": [1, 2], "f": float("inf")}


def test_no_flipped_bit_is_read(tmp_path):
    path = tmp_path / "x"
    write_sealed(path, _CONTENT)
    whole = path.read_bytes()
    for bit in range(8 * len(whole)):
        changed = bytearray(whole)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with contextlib.suppress(DamagedError):
            assert read_sealed(path) == _CONTENT  # white space, the case of an escape


@pytest.mark.parametrize("text", ["", "{}", "[]", "nul", '{"content": 1}', "[" * 100_000, "\udcff"])
def test_what_is_not_ours_is_damaged(tmp_path, text):
    (tmp_path / "x").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DamagedError, match="damaged"):
        read_sealed(tmp_path / "x")


def test_what_is_not_there_is_not_damaged(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_sealed(tmp_path / "x")
