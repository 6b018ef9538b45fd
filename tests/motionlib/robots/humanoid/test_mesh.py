"""Humanoids of body models: joints exact, mass by volume, feet on the ground."""

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from motionlib.errors import MotionError
from motionlib.robots.files import load_robot
from motionlib.robots.humanoid.body_model import RestBody, read_rest_body
from motionlib.robots.humanoid.description import write_humanoid
from motionlib.robots.humanoid.mesh import DENSITY, mesh_humanoid
from motionlib.robots.humanoid.tree import HumanoidKind, humanoid_tree
from motionlib.robots.model import robot_model


@pytest.fixture(scope="module")
def rest_of(tmp_path_factory, tiny_body_model):
    def make(joints: int = 24, **options) -> RestBody:
        path = tmp_path_factory.mktemp("model") / "SMPL_NEUTRAL.npz"
        np.savez(path, **tiny_body_model.tiny_arrays(joints, shapes=20))
        return read_rest_body(path, **options)

    return make


def test_joints_are_the_models_with_the_feet_on_the_ground(rest_of, tmp_path: Path) -> None:
    rest = rest_of(betas=(1.0,))
    humanoid = mesh_humanoid("smpl", rest, name="me")
    robot = load_robot(write_humanoid(humanoid, tmp_path))
    names = list(rest.joint_names)
    for body, name in enumerate(robot.body_names[1:], start=1):
        parent = robot.body_names[robot.parents[body]]
        left, up, ahead = rest.joints[names.index(name)] - rest.joints[names.index(parent)]
        np.testing.assert_allclose(robot.body_offset_pos[body], (ahead, left, up), atol=1e-6)
    np.testing.assert_allclose(robot.rest_root_pos, rest.joints[0], atol=1e-5)
    assert robot.default_root_height == pytest.approx(humanoid.joints[0, 2], abs=1e-5)
    assert robot.lowest_body_height == pytest.approx(humanoid.joints[:, 2].min(), abs=1e-5)


def test_the_mass_is_that_of_the_meshs_volume(rest_of) -> None:
    rest = rest_of()
    volume = sum(ConvexHull(rest.vertices[rest.owners == joint]).volume for joint in range(24))
    humanoid = mesh_humanoid("smpl", rest, name="me")
    assert humanoid.masses.sum() == pytest.approx(DENSITY * volume, rel=1e-3)
    bodies = list(humanoid_tree("smpl"))
    assert humanoid.masses[bodies.index("L_Hip")] > humanoid.masses[bodies.index("L_Elbow")]


def test_capsules_have_the_skins_radius(rest_of) -> None:
    humanoid = mesh_humanoid("smpl", rest_of(), name="me")
    bodies = list(humanoid_tree("smpl"))
    (thigh,), (foot,) = (humanoid.shapes[bodies.index(name)] for name in ("L_Hip", "L_Ankle"))
    assert thigh.radius == pytest.approx(0.06, abs=1e-3)
    assert (thigh.kind, foot.kind) == ("capsule", "box")
    assert foot.first[2] + humanoid.joints[bodies.index("L_Ankle"), 2] == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("joints", "kind"), [(55, "smplx"), (52, "smplx"), (52, "smpl"), (55, "smpl")]
)
def test_models_with_fingers_make_both_robots(
    rest_of, tmp_path: Path, joints: int, kind: HumanoidKind
) -> None:
    humanoid = mesh_humanoid(kind, rest_of(joints), name="me")
    robot = load_robot(write_humanoid(humanoid, tmp_path))
    assert robot.body_names == tuple(humanoid_tree(kind))
    assert robot_model(robot).body_mass[1:].min() > 0.0


def test_smpl_has_no_fingers_to_give(rest_of) -> None:
    with pytest.raises(MotionError, match="needs fingers"):
        mesh_humanoid("smplx", rest_of(), name="me")


def test_a_mesh_that_is_inside_out_is_refused(rest_of) -> None:
    with pytest.raises(MotionError, match="encloses"):
        mesh_humanoid("smpl", rest_of(betas=(-45.0,)), name="me")
