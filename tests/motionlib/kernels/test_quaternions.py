"""Scalar quaternions against the batched ones of torch."""

import math

import numpy as np
import pytest
import torch

from motionlib import rotations
from motionlib.kernels import quaternions


def rotvecs(largest: float, count: int = 400) -> np.ndarray:
    rng = np.random.default_rng(3)
    axes = rng.normal(size=(count, 3))
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    return axes * np.linspace(0.0, largest, count)[:, None]


@pytest.mark.parametrize("largest", [1e-9, 1e-3, 0.3, 2.5, 40.0])
def test_exponential_map_to_the_last_digits(largest):
    vectors = rotvecs(largest)
    ours = np.array([quaternions.quat_from_rotvec(*v) for v in vectors])
    wanted = rotations.quat_from_rotvec(torch.from_numpy(vectors)).numpy()
    assert np.abs(ours - wanted).max() < 1e-14


def test_logarithm_takes_the_shorter_way_and_inverts_the_exponential_map():
    for vector in rotvecs(3.14):
        w, x, y, z = quaternions.quat_from_rotvec(*vector)
        for sign in (1.0, -1.0):
            back = quaternions.rotvec_from_quat(sign * w, sign * x, sign * y, sign * z)
            assert np.abs(np.array(back) - vector).max() < 1e-13
    assert quaternions.rotvec_from_quat(1.0, 0.0, 0.0, 0.0) == (0.0, 0.0, 0.0)
    half_turn = quaternions.rotvec_from_quat(0.0, 0.0, 1.0, 0.0)
    assert half_turn == pytest.approx((0.0, math.pi, 0.0))


def test_series_and_library_functions_meet_where_one_takes_over():
    for length in (2.0, math.pi / 3):
        below, above = ((1.0 - 1e-12) * length, (1.0 + 1e-12) * length)
        a, b = (quaternions.quat_from_rotvec(0.0, x, 0.0) for x in (below, above))
        assert np.abs(np.subtract(a, b)).max() < 4e-12
        assert quaternions.rotvec_from_quat(*a)[1] == pytest.approx(below, abs=1e-14)
        assert quaternions.rotvec_from_quat(*b)[1] == pytest.approx(above, abs=1e-14)


def test_multiply_rotate_and_slerp_are_those_of_torch():
    rng = np.random.default_rng(1)
    a, b = (q / np.linalg.norm(q, axis=1, keepdims=True) for q in rng.normal(size=(2, 200, 4)))
    v, share = rng.normal(size=(200, 3)), rng.uniform(size=200)
    ta, tb = torch.from_numpy(a), torch.from_numpy(b)
    products = [quaternions.multiply(*p, *q) for p, q in zip(a, b, strict=True)]
    assert np.abs(np.array(products) - rotations.quat_mul(ta, tb).numpy()).max() < 1e-15
    turned = [quaternions.rotate(*q, *x) for q, x in zip(a, v, strict=True)]
    wanted = rotations.quat_apply(ta, torch.from_numpy(v)).numpy()
    assert np.abs(np.array(turned) - wanted).max() < 1e-14
    between = [quaternions.slerp(*p, *q, s) for p, q, s in zip(a, b, share, strict=True)]
    wanted = rotations.slerp(ta, tb, torch.from_numpy(share)).numpy()
    assert np.abs(np.abs((np.array(between) * wanted).sum(1)) - 1.0).max() < 1e-13
