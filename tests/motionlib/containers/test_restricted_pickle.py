import builtins
import os
import pickle
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest

from motionlib.containers.restricted_pickle import load_restricted, load_restricted_file
from motionlib.errors import FormatError
from tests.joblib_writing import joblib_bytes

PROTOCOLS = (2, 3, 4, 5)


class Runs:
    """Pickles as a call of a function."""

    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


def loads(value, protocol=4, **options):
    return load_restricted(pickle.dumps(value, protocol=protocol), origin="f.pkl", **options)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_numbers_arrays_and_containers_come_back(protocol):
    value = {
        "array": np.arange(6.0).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6).reshape(2, 3)),
        "big_endian": np.arange(3, dtype=">f4"),
        "scalars": [np.float64(1.5), np.int32(-2), np.bool_(True)],
        "plain": (1, -2.5, "text", b"raw", None, {3, 4}, OrderedDict(a=1)),
    }
    loaded = loads(value, protocol)
    for key in ("array", "fortran", "big_endian"):
        np.testing.assert_array_equal(loaded[key], value[key])
    assert loaded["big_endian"].dtype == np.float32
    assert loaded["scalars"] == value["scalars"]
    assert isinstance(loaded["scalars"][0], np.float64)
    assert loaded["plain"] == value["plain"]


def test_arrays_do_not_share_read_only_memory():
    loaded = loads({"a": np.zeros(3)})
    loaded["a"][0] = 1.0
    assert loaded["a"][0] == 1.0


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("hostile", "named"),
    [
        (lambda mark: Runs(os.system, f"touch {mark}"), "system"),
        (lambda mark: Runs(builtins.eval, f"open({mark!r}, 'w')"), "eval"),
        (lambda mark: Runs(open, mark, "w"), "open"),
        (lambda mark: Runs(getattr, "text", "upper"), "getattr"),
        (lambda mark: Runs(np.fromfile, mark), "fromfile"),
        (Path, "pathlib"),
    ],
)
def test_a_program_is_refused_by_name_and_not_run(tmp_path, protocol, hostile, named):
    mark = tmp_path / "ran"
    source = tmp_path / "hostile.pkl"
    source.write_bytes(pickle.dumps({"0_0_0": hostile(str(mark))}, protocol=protocol))
    if named == "system":
        named = f"{os.system.__module__}.system"
    with pytest.raises(FormatError, match=named.replace(".", r"\.")) as caught:
        load_restricted_file(source)
    assert str(source) in str(caught.value)
    assert not mark.exists()


@pytest.mark.parametrize(
    "array",
    [
        np.array([1, "a", None], dtype=object),
        np.zeros(2, dtype=[("a", "f8"), ("b", "O")]),
        np.zeros(2, dtype=[("a", "f8")]),
        np.array(["text"]),
        np.zeros(2, dtype="V8"),
        np.zeros(2, dtype=complex),
    ],
    ids=["object", "object field", "fields", "text", "void", "complex"],
)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_arrays_of_other_things_than_numbers_are_refused(array, protocol):
    with pytest.raises(FormatError, match=r"f\.pkl"):
        loads({"a": array}, protocol)


def test_a_pickle_cannot_change_what_it_may_call():
    # BUILD on an admitted global: numpy.dtype.__setstate__({"x": 1}), then STOP
    stream = b"\x80\x04\x8c\x05numpy\x8c\x05dtype\x93}\x8c\x01xK\x01sb."
    with pytest.raises(FormatError, match="tries to change the state"):
        load_restricted(stream, origin="f.pkl")
    assert loads(np.float64(2.0)) == 2.0


def test_every_truncation_is_an_error():
    content = pickle.dumps({"k": [np.float64(1.0), np.arange(3)]}, protocol=4)
    for length in range(len(content)):
        with pytest.raises(FormatError):
            load_restricted(content[:length], origin="f.pkl")


def test_every_flipped_byte_is_read_or_refused_in_words():
    content = pickle.dumps({"k": [np.float64(1.0), np.arange(3)], "n": 2}, protocol=4)
    refused = 0
    for index in range(len(content)):
        damaged = bytearray(content)
        damaged[index] ^= 0x15
        try:
            load_restricted(bytes(damaged), origin="f.pkl")
        except FormatError:
            refused += 1
    assert refused > len(content) // 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n", "git lfs pull"),
        (b"dx,dy,dtheta\n0.1,0,0\n", "not with a pickle header"),
        (pickle.dumps({}, protocol=0), "protocol 2 to 5"),
        (pickle.dumps({}, protocol=4) + b"rest", "4 bytes after the end"),
    ],
)
def test_other_files_are_told_apart(content, words):
    with pytest.raises(FormatError, match=words):
        load_restricted(content, origin="f.pkl")


def test_deep_nesting_and_cycles_are_refused():
    deep: list = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(FormatError, match="nested deeper"):
        loads(deep)
    circle: list = []
    circle.append(circle)
    with pytest.raises(FormatError, match="nested deeper"):
        loads(circle)


def test_shared_parts_do_not_multiply():
    value: list = [1.0]
    for _ in range(10):
        value = [value, value]
    loaded = loads(value)
    assert loaded[0] is loaded[1]


def test_parts_that_are_shared_without_end_are_refused():
    value: list = [1.0]
    for _ in range(30):  # 2**30 leaves for whoever walks through them
        value = [value, value]
    with pytest.raises(FormatError, match=r"its parts are repeated \d+ times"):
        loads({"0_0_0": value})


def test_further_globals_are_answered_by_stand_ins(tmp_path):
    value = {"when": Runs(os.getcwd)}
    allowed = {(os.getcwd.__module__, "getcwd"): lambda: "nowhere"}
    assert loads(value, allowed=allowed) == {"when": "nowhere"}


def test_persistent_ids_need_an_answer():
    stream = b"\x80\x04\x8c\x07storageQ."
    with pytest.raises(FormatError, match="outside of itself"):
        load_restricted(stream, origin="f.pkl")
    assert load_restricted(stream, origin="f.pkl", persistent_load=lambda pid: pid) == "storage"


def test_missing_and_oversized_files(tmp_path):
    with pytest.raises(FormatError, match="no such file"):
        load_restricted_file(tmp_path / "none.pkl")
    path = tmp_path / "large.pkl"
    path.write_bytes(pickle.dumps(list(range(100)), protocol=4))
    with pytest.raises(FormatError, match="at most 10"):
        load_restricted_file(path, max_bytes=10)


def test_arrays_that_joblib_laid_into_the_stream_are_read():
    grid = np.arange(6.0).reshape(2, 3)
    value = {
        "a": grid,
        "again": grid,
        "b": [np.asfortranarray(grid.astype("f4")), 3, np.zeros((0, 2))],
    }
    loaded = load_restricted(joblib_bytes(value), origin="f.pkl")
    assert (loaded["a"] == grid).all()
    assert (loaded["again"] == grid).all()
    assert loaded["b"][0].dtype == np.float32
    assert (loaded["b"][0] == grid).all()
    assert loaded["b"][1] == 3
    assert loaded["b"][2].shape == (0, 2)


def test_joblibs_arrays_are_held_against_the_bytes_that_are_there():
    content = joblib_bytes({"a": np.arange(100.0)})
    with pytest.raises(FormatError, match="needs 7997432 bytes"):
        load_restricted(content.replace(b"Kd\x85", b"J\xff\x40\x0f\x00\x85"), origin="f.pkl")
    with pytest.raises(FormatError, match=r"f\.pkl"):
        load_restricted(content[:-300], origin="f.pkl")
    with pytest.raises(FormatError, match=r"not a plain number"):
        load_restricted(content.replace(b"\x8c\x02f8", b"\x8c\x02O8"), origin="f.pkl")
