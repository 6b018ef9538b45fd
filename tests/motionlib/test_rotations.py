"""Laws and hand-computed cases of quaternion algebra."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from motionlib import rotations as r

_UNIT = st.floats(-1.0, 1.0, allow_nan=False)
QUATS = (
    st.tuples(_UNIT, _UNIT, _UNIT, _UNIT)
    .filter(lambda q: sum(x * x for x in q) > 0.05)
    .map(lambda q: r.quat_normalize(torch.tensor(q, dtype=torch.float64)))
)
VECTORS = st.tuples(_UNIT, _UNIT, _UNIT).map(lambda v: torch.tensor(v, dtype=torch.float64))


def test_quarter_turn_about_z_takes_x_to_y() -> None:
    q = r.quat_from_axis_angle(torch.tensor([0.0, 0.0, 1.0]), torch.tensor(math.pi / 2))
    turned = r.quat_apply(q, torch.tensor([1.0, 0.0, 0.0]))
    torch.testing.assert_close(turned, torch.tensor([0.0, 1.0, 0.0]), atol=1e-6, rtol=0)


def test_euler_is_roll_then_pitch_then_yaw_about_fixed_axes() -> None:
    angles = torch.tensor([0.3, -0.4, 1.1], dtype=torch.float64)
    axes = torch.eye(3, dtype=torch.float64)
    roll, pitch, yaw = (r.quat_from_axis_angle(axes[i], angles[i]) for i in range(3))
    expected = r.quat_mul(yaw, r.quat_mul(pitch, roll))
    torch.testing.assert_close(r.quat_from_euler_xyz(*angles), expected)


def test_orders_are_translated_by_name() -> None:
    wxyz = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    assert r.xyzw_from_wxyz(wxyz).tolist() == [[2.0, 3.0, 4.0, 1.0]]
    assert r.wxyz_from_xyzw(r.xyzw_from_wxyz(wxyz)).tolist() == wxyz.tolist()


def test_unroll_keeps_neighbours_in_one_half_space() -> None:
    angles = torch.linspace(0.0, 12.0, 200)
    q = r.quat_from_axis_angle(torch.tensor([0.0, 0.0, 1.0]).expand(200, 3), angles)
    flipped = q * torch.where(torch.arange(200) % 3 == 0, -1.0, 1.0).unsqueeze(-1)
    assert ((r.quat_unroll(flipped)[1:] * r.quat_unroll(flipped)[:-1]).sum(-1) > 0.99).all()


@pytest.mark.parametrize("angle", [0.0, 1e-9, 1e-4, 1.0, 3.1, math.pi])
def test_rotvec_round_trip_at_the_hard_angles(angle: float) -> None:
    axis = torch.tensor([0.6, 0.0, 0.8], dtype=torch.float64)
    q = r.quat_from_axis_angle(axis, torch.tensor(angle, dtype=torch.float64))
    torch.testing.assert_close(r.rotvec_from_quat(q), axis * angle, atol=1e-9, rtol=0)
    torch.testing.assert_close(r.quat_from_rotvec(axis * angle), q, atol=1e-9, rtol=0)


@settings(max_examples=50, deadline=None)
@given(QUATS, QUATS, VECTORS)
def test_products_act_as_composition(a: torch.Tensor, b: torch.Tensor, v: torch.Tensor) -> None:
    composed = r.quat_apply(r.quat_mul(a, b), v)
    torch.testing.assert_close(composed, r.quat_apply(a, r.quat_apply(b, v)), atol=1e-9, rtol=0)
    torch.testing.assert_close(r.quat_apply_inverse(a, r.quat_apply(a, v)), v, atol=1e-9, rtol=0)
    matrix = r.matrix_from_quat(a)
    torch.testing.assert_close(matrix @ v, r.quat_apply(a, v), atol=1e-9, rtol=0)
    assert float(r.quat_angle(r.quat_from_matrix(matrix), a)) < 1e-6


@settings(max_examples=50, deadline=None)
@given(QUATS, QUATS, st.floats(0.0, 1.0))
def test_slerp_divides_the_angle(a: torch.Tensor, b: torch.Tensor, t: float) -> None:
    middle = r.slerp(a, b, torch.tensor(t, dtype=torch.float64))
    whole = float(r.quat_angle(a, b))
    assert float(r.quat_angle(a, middle)) == pytest.approx(t * whole, abs=1e-6)
    assert float(middle.norm()) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=30, deadline=None)
@given(QUATS)
def test_yaw_and_the_rest_make_the_whole(q: torch.Tensor) -> None:
    yaw = r.yaw_quat(q)
    rest = r.quat_mul(r.quat_conjugate(yaw), q)
    heading = r.yaw_quat(rest)
    assert float(r.quat_angle(r.quat_mul(yaw, rest), q)) < 1e-6
    upright = 1.0 - 2.0 * float(q[2] ** 2 + q[3] ** 2)
    sideways = 2.0 * float(q[1] * q[2] + q[0] * q[3])
    # where x points straight up or down there is no heading
    assert abs(float(heading[3])) < 1e-6 or upright**2 + sideways**2 < 1e-3
