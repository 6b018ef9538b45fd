import pickle
from pathlib import Path

import numpy as np
import pytest

from motionlib.containers.array_dict import read_array_dict, write_array_dict
from motionlib.errors import FormatError


class Runs:
    def __reduce__(self):
        return (Path.touch, (Path("was run"),))


def content() -> dict:
    return {
        "positions": np.arange(12, dtype=np.float32).reshape(2, 2, 3),
        "labels": np.array([[0, 1], [1, 1]]),
        "fps": 30.0,
        "rate": np.float64(2.5),
    }


def same(found: dict, wanted: dict) -> None:
    assert list(found) == list(wanted)
    for key, value in wanted.items():
        np.testing.assert_array_equal(found[key], value)
        assert np.asarray(found[key]).dtype == np.asarray(value).dtype


def test_what_numpy_wrote_is_read(tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, content())  # type: ignore[arg-type]
    same(read_array_dict(path), content())


def test_numpy_reads_what_was_written(tmp_path):
    path = tmp_path / "x.npy"
    write_array_dict(path, content())
    same(np.load(path, allow_pickle=True).item(), content())
    again = tmp_path / "y.npy"
    write_array_dict(again, content())
    assert again.read_bytes() == path.read_bytes()


def test_a_pickle_that_runs_something_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for value in ({"positions": Runs()}, Runs(), {"x": np.array([Runs()], dtype=object)}):
        np.save("bad.npy", np.array(value, dtype=object), allow_pickle=True)
        with pytest.raises(FormatError, match=r"bad\.npy"):
            read_array_dict(Path("bad.npy"))
    assert not Path("was run").exists()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.arange(3.0), "expected a dict of arrays"),
        (np.array([1, "a"], dtype=object), "expected a dict of arrays"),
        (np.array({"a": [1, 2]}, dtype=object), "a is a list"),
        (np.array({1: 2.0}, dtype=object), "expected a dict by name"),
    ],
)
def test_other_content_is_refused(tmp_path, value, words):
    path = tmp_path / "x.npy"
    np.save(path, value, allow_pickle=True)
    with pytest.raises(FormatError, match=words):
        read_array_dict(path)


def test_damage_is_refused(tmp_path):
    path = tmp_path / "x.npy"
    write_array_dict(path, content())
    whole = path.read_bytes()
    for part in (b"", b"text", whole[:60], whole[:-9], whole + b"x", pickle.dumps(content())):
        path.write_bytes(part)
        with pytest.raises(FormatError, match=r"x\.npy"):
            read_array_dict(path)
