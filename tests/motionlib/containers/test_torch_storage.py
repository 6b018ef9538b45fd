"""Torch's tensors in plain pickles become arrays, and nothing of torch's runs."""

import io
import pickle

import numpy as np
import pytest
import torch

from motionlib.containers.restricted_pickle import load_restricted
from motionlib.containers.torch_storage import storage_from_bytes, tensors_in_pickles
from motionlib.errors import FormatError


def load(content: bytes):
    return load_restricted(content, origin="x.pkl", allowed=tensors_in_pickles())


def storage(tensor: torch.Tensor) -> bytes:
    stream = io.BytesIO()
    torch.save(tensor.storage(), stream, _use_new_zipfile_serialization=False)
    return stream.getvalue()


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.bool]
)
def test_tensors_become_arrays(dtype):
    tensor = torch.arange(12).reshape(3, 4).to(dtype)
    found = load(
        pickle.dumps({"a": tensor, "b": tensor.T[1:], "c": torch.nn.Parameter(torch.ones(2))})
    )
    assert np.array_equal(found["a"], tensor.float().numpy())
    assert np.array_equal(found["b"], tensor.T[1:].float().numpy())
    assert isinstance(found["c"], np.ndarray)


def test_a_storage_that_is_none_is_refused():
    good = storage(torch.arange(6.0))
    assert storage_from_bytes(good).numbers.tolist() == [0, 1, 2, 3, 4, 5]
    with pytest.raises(FormatError, match="not as torch writes it"):
        storage_from_bytes(b"")
    with pytest.raises(FormatError, match="not as torch writes it"):
        storage_from_bytes(pickle.dumps(1) * 5)
    with pytest.raises(FormatError, match="a tensor in the pickle"):
        storage_from_bytes(good[:-4])


class Runs:
    def __reduce__(self):
        return (eval, ("1/0",))


def test_what_a_storage_names_is_not_run():
    good = storage(torch.arange(6.0))
    first = pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2)
    rest = good[len(first) :]
    bad = first + pickle.dumps(1001, 2) + pickle.dumps({}, 2) + pickle.dumps(Runs(), 2) + rest
    with pytest.raises(FormatError, match="is not admitted"):
        storage_from_bytes(bad)
