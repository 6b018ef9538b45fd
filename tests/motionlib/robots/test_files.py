"""Robots from files: the three of ours as understood, and what is refused."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import RobotError
from motionlib.robot import Robot
from motionlib.robots.files import find_robot, load_robot, robot_names
from motionlib.robots.model import robot_model
from motionlib.robots.report import standing_trial

Edit = Callable[[str, str, str], Path]


@pytest.fixture
def user_duck(tmp_path: Path) -> Path:
    """Folder of a user's own copy of a robot, to be spoilt."""
    source = Path(__file__).parents[2] / "robots" / "open_duck_mini_v2"
    return Path(shutil.copytree(source, tmp_path / "my_duck"))


@pytest.fixture
def edit(user_duck: Path) -> Edit:
    """`edit(file, old, new)` replaces text that must be there; returns the robot's folder."""

    def replace(file: str, old: str, new: str) -> Path:
        text = (user_duck / file).read_text()
        assert old in text
        (user_duck / file).write_text(text.replace(old, new, 1))
        return user_duck

    return replace


def test_the_workbench_brings_two_robots() -> None:
    assert {"g1", "microduck"} <= set(robot_names())


def test_microduck_has_the_vendors_bodies_in_the_vendors_order(microduck: Robot) -> None:
    vendor = [
        "trunk_base",
        "roll_motor_bottom",
        "left_roll_to_pitch",
        "leg_plate",
        "leg_plate_2",
        "foot_tpu_bottom",
        "long_neck_plate2",
        "head_pitch_to_yaw",
        "head_yaw_to_roll",
        "head_base_plate",
        "mouth",
        "camshaft",
        "crossmember",
        "mouth_2",
        "xl330",
        "right_roll_to_pitch",
        "xl330_2",
        "xl330_3",
        "foot",
    ]
    assert [microduck.body_aliases.get(name, name) for name in vendor] == list(microduck.body_names)
    assert microduck.body_names[0] == "trunk_base"
    assert (microduck.num_bodies, microduck.num_dofs) == (19, 14)
    assert microduck.polynomial_dof_names == microduck.dof_names


def test_microduck_knee_limits_are_radians(microduck: Robot) -> None:
    left, right = (microduck.dof_names.index(f"{side}_knee") for side in ("left", "right"))
    np.testing.assert_allclose(microduck.dof_limits[left], (-1.919862, 0.0))
    np.testing.assert_allclose(microduck.dof_limits[right], (0.0, 1.919862))


def test_microduck_profiles_are_the_two_identifications(microduck: Robot) -> None:
    stiff, soft = microduck.actuator_profiles["stiff"], microduck.actuator_profiles["soft"]
    assert microduck.default_profile == "stiff"
    np.testing.assert_array_equal(stiff.stiffness, np.full(14, 2.54))
    np.testing.assert_array_equal(stiff.effort_limit, np.full(14, 0.8))
    np.testing.assert_array_equal(soft.stiffness, np.full(14, 0.52))
    np.testing.assert_array_equal(soft.frictionloss, np.full(14, 0.006))


def test_soles_are_underneath_the_feet_and_mirrored(microduck: Robot) -> None:
    left, right = microduck.soles
    assert (left.body, right.body) == microduck.foot_bodies == ("left_foot", "right_foot")
    np.testing.assert_allclose(np.sort(np.abs(left.corners)), np.sort(np.abs(right.corners)))
    # The foot's frame has y along the leg: the sole lies 21 mm below the ankle's axis.
    np.testing.assert_allclose(left.corners[:, 1], 0.02102, atol=1e-5)
    np.testing.assert_allclose(right.corners[:, 1], -0.02102, atol=1e-5)


def test_microduck_stands_as_high_as_upstream_says(microduck: Robot) -> None:
    assert microduck.default_root_height == pytest.approx(0.098, abs=5e-4)


def test_g1_gains_follow_beyondmimics_rule(g1: Robot) -> None:
    servos = g1.actuator_profiles["beyondmimic"]
    omega = 2.0 * np.pi * 10.0
    np.testing.assert_allclose(servos.stiffness, servos.armature * omega**2, rtol=1e-6)
    np.testing.assert_allclose(servos.damping, 4.0 * servos.armature * omega, rtol=1e-5)
    np.testing.assert_allclose(servos.action_scale, 0.25 * servos.effort_limit / servos.stiffness)
    efforts = dict(zip(g1.dof_names, servos.effort_limit, strict=True))
    assert efforts["left_knee_joint"] == 139
    assert efforts["waist_pitch_joint"] == efforts["right_ankle_roll_joint"] == 50
    assert efforts["waist_yaw_joint"] == 88
    assert efforts["left_wrist_roll_joint"] == 25
    assert efforts["left_wrist_yaw_joint"] == 5


def test_g1_markers_complete_the_foreign_order_of_33(g1: Robot) -> None:
    order = list(g1.body_names)
    for marker in g1.marker_bodies:
        order.insert(order.index(marker.after) + 1, marker.name)
    assert len(order) == 33
    assert (order[1], order[24], order[32]) == ("head", "left_rubber_hand", "right_rubber_hand")
    assert (order[7], order[16]) == ("left_ankle_roll_link", "torso_link")


def test_g1_height_agrees_with_beyondmimic(g1: Robot) -> None:
    assert g1.default_root_height == pytest.approx(0.76, abs=0.005)
    np.testing.assert_allclose(g1.soles[0].corners[:, 2], -0.035)


@pytest.mark.parametrize(
    ("name", "mass", "bodies", "dofs", "height"),
    [("h1", 51.437, 20, 19, 0.98), ("h1_2", 67.2669, 29, 27, 0.9725)],
)
def test_unitrees_tall_robots_are_as_published(
    name: str, mass: float, bodies: int, dofs: int, height: float
) -> None:
    robot = load_robot(name)
    assert robot_model(robot).body_mass.sum() == pytest.approx(mass, abs=1e-3)
    assert (robot.num_bodies, robot.num_dofs) == (bodies, dofs)
    assert robot.default_root_height == pytest.approx(height, abs=1e-3)
    assert robot.foot_bodies[0].startswith("left_ankle")
    widths = np.sort(robot.soles[0].corners[:, 1])
    np.testing.assert_allclose(widths, np.sort(-robot.soles[1].corners[:, 1]))


def test_h1_has_the_published_limits_and_stance() -> None:
    h1 = load_robot("h1")
    limits = dict(zip(h1.dof_names, h1.dof_limits.tolist(), strict=True))
    assert limits["left_hip_yaw_joint"] == [-0.43, 0.43]
    assert limits["right_knee_joint"] == [-0.26, 2.05]
    assert limits["left_shoulder_roll_joint"] == [-0.34, 3.11]
    assert limits["right_shoulder_roll_joint"] == [-3.11, 0.34]
    pose = dict(zip(h1.dof_names, h1.default_dof_pos, strict=True))
    assert (pose["left_hip_pitch_joint"], pose["right_knee_joint"]) == (-0.4, 0.8)
    assert h1.hand_bodies == ("left_elbow_link", "right_elbow_link")
    efforts = dict(zip(h1.dof_names, h1.actuator_profiles["vendor"].effort_limit, strict=True))
    assert (efforts["left_knee_joint"], efforts["right_ankle_joint"]) == (300, 40)


def test_h1_2_has_protomotions_bodies_and_gains() -> None:
    h1_2 = load_robot("h1_2")
    assert h1_2.body_names.index("head_aux") == 14
    assert h1_2.dof_names[:3] == tuple(
        f"left_hip_{axis}_joint" for axis in ("yaw", "pitch", "roll")
    )
    servos = h1_2.actuator_profiles["protomotions"]
    omega = 2.0 * np.pi * 10.0
    np.testing.assert_allclose(servos.stiffness, servos.armature * omega**2, rtol=1e-6)
    np.testing.assert_allclose(servos.damping, 4.0 * servos.armature * omega, rtol=1e-5)
    armature = dict(zip(h1_2.dof_names, servos.armature, strict=True))
    assert (armature["left_knee_joint"], armature["left_ankle_roll_joint"]) == (0.04, 0.005)
    assert armature["right_wrist_yaw_joint"] == 0.002


@pytest.mark.parametrize("name", ["h1", "h1_2"])
def test_tall_robots_touch_nothing_while_they_stand(name: str) -> None:
    trial = standing_trial(load_robot(name), trial_s=1.0)
    assert trial.stood_s == pytest.approx(1.0)
    assert not trial.self_contacts


def test_users_robot_loads_by_folder_and_by_file(user_duck: Path, open_duck: Robot) -> None:
    by_folder, by_file = load_robot(user_duck), load_robot(str(user_duck / "robot.yaml"))
    assert by_folder.xml_path == by_file.xml_path == (user_duck / "robot.xml").resolve()
    assert by_folder.semantic_sha256 == open_duck.semantic_sha256
    assert by_folder.polynomial_dof_names[9:11] == ("left_antenna", "right_antenna")


def test_formatting_changes_the_bytes_hash_only(edit: Edit, open_duck: Robot) -> None:
    robot = load_robot(edit("robot.xml", "<worldbody>", "<worldbody><!-- mine -->"))
    assert robot.sha256 != open_duck.sha256
    assert robot.semantic_sha256 == open_duck.semantic_sha256


def test_another_limit_is_another_robot(edit: Edit, open_duck: Robot) -> None:
    old = 'name="left_knee" axis="0 0 1" range="-1.570796 1.570796"'
    robot = load_robot(edit("robot.xml", old, old.replace("-1.570796", "-1.4")))
    assert robot.semantic_sha256 != open_duck.semantic_sha256


def test_profile_can_be_chosen() -> None:
    assert load_robot("microduck", profile="soft").default_profile == "soft"
    with pytest.raises(RobotError, match=r"unknown profile 'sotf'.*nearest: soft"):
        load_robot("microduck", profile="sotf")


@pytest.mark.parametrize("beside", [True, False])
def test_a_model_is_no_robot(user_duck: Path, beside: bool) -> None:
    model = user_duck / "robot.xml"
    if not beside:
        (user_duck / "robot.yaml").unlink()
    remedy = "which is there" if beside else "write a first one with: motion robot init"
    with pytest.raises(RobotError, match=rf"robot.xml: expected a robot.yaml.*{remedy}") as caught:
        load_robot(model)
    assert len(str(caught.value)) < 1000


def test_unknown_robot_lists_the_known() -> None:
    with pytest.raises(
        RobotError, match=r"microduk.*known name.*g1, .*microduck, .*nearest: microduck"
    ):
        find_robot("microduk")


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("robot.yaml", "head_body: head", "head_body: haed", r"head_body: unknown body 'haed'.*nearest: head"),
        ("robot.yaml", "left_knee: 1.37", "left_kne: 1.37", r"default_pose: unknown joint 'left_kne'.*nearest: left_knee"),
        ("robot.yaml", '["*"]', "[left_kneee]", r"actuators.stiff\[0\].joints: unknown joint 'left_kneee'"),
        ("robot.yaml", '["*"]', '["left_*"]', r"actuators.stiff: expected a servo for every joint, found none for neck_pitch"),
        ("robot.yaml", "left_knee: 1.37", "left_knee: 1.6", r"default_pose.left_knee: .*-1.5708 to 1.5708.*found 1.6"),
        ("robot.yaml", "anchor_body:", "anchr_body:", r"unknown key 'anchr_body'; nearest: anchor_body"),
        ("robot.yaml", "foot_friction: 0.6", "", r"missing required key 'foot_friction'"),
        ("robot.yaml", "head_body: head", "head_body: head\nhead_body: neck", r"'head_body' is written twice"),
        ("robot.yaml", "[left_foot, right_foot]", "[left_foot, left_foot]", r"foot_bodies: expected distinct names, found 'left_foot' twice"),
        ("robot.yaml", "[base, head,", "[head, base,", r"tracked_bodies: expected the root 'base' first"),
        ("robot.yaml", "left_foot: left_sole", "left_foot: left_shank_collision", r"soles.left_foot: expected a box of body 'left_foot'"),
        ("robot.yaml", "left_foot: left_sole", "left_foot: left_soul", r"unknown geom 'left_soul'; nearest: left_sole"),
        ("robot.yaml", "left_foot: left_sole", "", r"soles: .*found none for 'left_foot'"),
        ("robot.yaml", "stiffness: 13.37", "stiffness: high", r"actuators.stiff\[0\].stiffness: expected a finite number of at least 0, found 'high'"),
        ("robot.yaml", "stiffness: 13.37", "stiffness: .nan", r"stiffness: expected a finite number"),
        ("robot.yaml", "action_scale: 0.5", "action_scale: 0.5\n      action_scale_ratio: 0.25", r"exactly one of action_scale"),
        ("robot.yaml", "default_profile: stiff", "default_profile: stif", r"default_profile: unknown profile 'stif'; nearest: stiff"),
        ("robot.yaml", "  foot_assembly: left_foot", "  head: left_foot", r"body_aliases.head: expected a foreign name"),
        ("robot.yaml", "name: open_duck_mini_v2", "name: [1", r"is not valid YAML"),
        ("robot.yaml", "name: open_duck_mini_v2", "name: !!python/object/apply:os.getcwd []", r"is not valid YAML"),
        ("robot.yaml", "model: robot.xml", "model: rob.xml", r"rob.xml: no such file"),
        ("robot.xml", "</mujoco>", "", r"robot.xml: MuJoCo cannot read it"),
        ("robot.xml", 'name="left_shank"', 'name="left_thigh"', r"robot.xml: MuJoCo cannot .*left_thigh"),
        ("robot.xml", ' name="neck_pitch"', "", r"body 'neck': has no name"),
        ("robot.xml", ' range="-0.349066 1.134464"', "", r"joint 'neck_pitch' of body 'neck': expected a range"),
        ("robot.xml", 'name="neck_pitch"', 'name="neck_pitch" type="slide"', r"expected a hinge, found slide"),
        ("robot.xml", "</worldbody>", '<body name="arm"><joint name="turn"/><geom size="1"/></body></worldbody>', r"expected one root body, found base, arm"),
        ("robot.xml", "</mujoco>", '<equality><connect body1="left_foot" body2="head" anchor="0 0 0"/></equality></mujoco>', r"equality connect: expected none"),
        ("robot.xml", "<worldbody>", '<asset><mesh name="shell" file="shell.stl"/></asset><worldbody>', r"mesh 'shell': expected the file .*shell.stl, found none"),
    ],
)  # fmt: skip
def test_spoilt_files_are_refused_by_name(
    edit: Edit, file: str, old: str, new: str, message: str
) -> None:
    folder = edit(file, old, new)
    with pytest.raises(RobotError, match=message) as caught:
        load_robot(folder)
    assert str(folder) in str(caught.value)


def test_users_own_actuators_floor_and_sensors_are_left_out(edit: Edit, open_duck: Robot) -> None:
    extra = (
        '<actuator><motor name="old" joint="left_knee"/></actuator>'
        '<sensor><actuatorfrc actuator="old"/></sensor></mujoco>'
    )
    edit("robot.xml", "</mujoco>", extra)
    folder = edit("robot.xml", "<worldbody>", '<worldbody><geom type="plane" size="1 1 1"/>')
    robot = load_robot(folder)
    assert robot.semantic_sha256 == open_duck.semantic_sha256
    assert robot.standing_height == open_duck.standing_height


def test_root_without_joint_becomes_free(edit: Edit, open_duck: Robot) -> None:
    robot = load_robot(edit("robot.xml", '<freejoint name="root"/>', ""))
    assert robot.dof_names == open_duck.dof_names


def test_corners_may_be_given_instead_of_a_box(edit: Edit) -> None:
    corners = "[[0, 0.02, 0], [0.1, 0.02, 0], [0.1, 0.02, 0.1], [0, 0.02, 0.1]]"
    robot = load_robot(edit("robot.yaml", "left_foot: left_sole", f"left_foot: {corners}"))
    np.testing.assert_array_equal(robot.soles[0].corners[1], (0.1, 0.02, 0.0))
