"""What `motion robot check` says."""

from motionlib.robot import Robot
from motionlib.robots.report import describe_robot


def test_report_covers_every_body_dof_and_foot(microduck: Robot) -> None:
    rows = describe_robot(microduck, trial_s=0.0)
    count = {s: sum(r.section == s for r in rows) for s in ("body", "dof", "sole", "actuator")}
    assert count == {"body": 19, "dof": 14, "sole": 2, "actuator": 2}
    values = {row.item: row.value for row in rows}
    assert values["mass"] == "0.8888 kg"
    assert values["5 left_foot"] == "on left_shank, 0.01905 kg, also foot_tpu_bottom"
    assert values["3 left_knee"].endswith("-1.9199 to 0.0000 rad, default -1.2")
    assert values["left_foot"].startswith("0.0554 x 0.0329 m")


def test_report_tells_how_each_profile_stands(microduck: Robot) -> None:
    values = {row.item: row.value for row in describe_robot(microduck, trial_s=2.0)}
    assert values["stiff: default pose held"] == "2 s; no self-contact"
    assert values["soft: default pose held"].startswith("fell after 0.")


def test_report_lists_markers_and_groups_servos(g1: Robot) -> None:
    rows = describe_robot(g1, trial_s=0.0)
    markers = [row.item for row in rows if row.section == "marker"]
    assert markers == ["head", "left_rubber_hand", "right_rubber_hand"]
    servos = [row for row in rows if row.section == "actuator"]
    assert len(servos) == 5
    assert any("effort_limit 139" in row.value and "left_knee_joint" in row.item for row in servos)


def test_a_humanoids_dofs_are_told_from_hinges(smpl: Robot) -> None:
    values = {row.item: row.value for row in describe_robot(smpl, trial_s=0.0)}
    assert values["dofs"] == "69, exponential map"
    assert values["1 L_Hip_y"].startswith("rotation vector of L_Hip along (0, 1, 0)")
    assert values["lowest body origin when standing"] == "0.015 m"
    assert values["mass"] == "70 kg"
