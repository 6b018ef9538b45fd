"""Our clips beside those of ProtoMotions' own AMASS converter, on our humanoid.

`PROTOMOTIONS_PATH` names a whole checkout (with `data/scripts`); `PROTOMOTIONS_PYTHON` an
interpreter with what the converter imports (torch, scipy, dm_control, typer, tqdm, yaml), if it is
not this one.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.human.conversion import convert_clip
from motionlib.human.readers.amass import read_amass
from motionlib.human.settings import HumanSettings
from motionlib.human.states import human_states
from motionlib.motion import MotionStates
from motionlib.robots.files import load_robot

_CONVERT = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/data/scripts"]
import numpy as np
import torch
import convert_amass_to_proto as converter

kind, robot, source, fps, target = sys.argv[2:]
names = {
    "smpl": (converter.SMPL_BONE_ORDER_NAMES, converter.SMPL_MUJOCO_NAMES),
    "smplx": (converter.SMPLH_BONE_ORDER_NAMES, converter.SMPLH_MUJOCO_NAMES),
}[kind]
file = np.load(source)
rate = file["mocap_framerate"] if "mocap_framerate" in file else file["mocap_frame_rate"]
answers = {}
for dtype in (torch.float32, torch.float64):
    info = converter.extract_kinematic_info(robot).to("cpu", dtype=dtype)
    with torch.no_grad():
        motion, got_fps = converter.convert_amass_to_motion(
            file["poses"], file["trans"], int(np.round(rate)), int(fps), kind, *names, info,
            torch.device("cpu"), dtype,
        )
    answers[str(dtype).removeprefix("torch.")] = {
        "fps": torch.tensor(float(got_fps)),
        "body_pos": motion.rigid_body_pos,
        "body_quat_wxyz": motion.rigid_body_rot[..., [3, 0, 1, 2]],
        "body_lin_vel": motion.rigid_body_vel,
        "body_ang_vel": motion.rigid_body_ang_vel,
        "dof_pos": motion.dof_pos,
        "dof_vel": motion.dof_vel,
        "body_contact": motion.rigid_body_contacts,
    }
torch.save(answers, target)
"""


@pytest.fixture(scope="module")
def checkout() -> Path:
    folder = os.environ.get("PROTOMOTIONS_PATH", "")
    if not folder:
        pytest.skip("PROTOMOTIONS_PATH is unset: it names a checkout of NVlabs/ProtoMotions")
    path = Path(folder).resolve()
    if not (path / "data" / "scripts" / "convert_amass_to_proto.py").is_file():
        pytest.skip(f"PROTOMOTIONS_PATH names {folder}, which has no data/scripts")
    return path


@pytest.fixture
def convert_by_protomotions(checkout, tmp_path):
    python = os.environ.get("PROTOMOTIONS_PYTHON", sys.executable)
    needed = "import torch, scipy, typer, tqdm, yaml, easydict; from dm_control import mjcf"
    probe = subprocess.run([python, "-c", needed], capture_output=True, text=True, check=False,
                           timeout=120)  # fmt: skip
    if probe.returncode:
        reason = probe.stderr.strip().splitlines()[-1]
        pytest.skip(f"{python}: {reason}; install it there or set PROTOMOTIONS_PYTHON")

    def convert(robot, source, fps):
        target = tmp_path / "converted.pt"
        arguments = [checkout, robot.name, robot.xml_path, source, int(fps), target]
        done = subprocess.run([python, "-c", _CONVERT, *map(str, arguments)], check=False,
                              capture_output=True, text=True, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return torch.load(target, weights_only=True)

    return convert


def write_recording(path: Path, *, fps: float, columns: int, seconds: float = 4.0) -> None:
    """Every joint sways at its own pace, up to a radian; float64 as in AMASS."""
    rng = np.random.default_rng(columns)
    t = np.arange(int(seconds * fps))[:, None] / fps
    poses = 0.8 * np.sin(rng.uniform(0.5, 5.0, columns) * t + rng.uniform(0.0, 6.0, columns))
    poses[:, :3] += [1.2, 1.2, 1.2]
    trans = np.concatenate((0.8 * t, np.sin(t), 0.9 + 0.05 * np.sin(5.0 * t)), axis=1)
    rate = "mocap_frame_rate" if columns == 165 else "mocap_framerate"
    np.savez(path, poses=poses, trans=trans, gender="neutral", betas=np.zeros(16), **{rate: fps})


POSES = ("body_pos", "body_quat_wxyz", "dof_pos")
VELOCITIES = ("body_lin_vel", "body_ang_vel", "dof_vel")


def largest_differences(ours: MotionStates, theirs: dict[str, torch.Tensor]) -> dict[str, float]:
    """By field; a quaternion and its negative are one rotation."""
    dots = (theirs["body_quat_wxyz"] * ours.body_quat_wxyz).sum(-1, keepdim=True)
    theirs = theirs | {"body_quat_wxyz": theirs["body_quat_wxyz"] * dots.sign()}
    return {
        name: float((theirs[name] - getattr(ours, name)).abs().max())
        for name in (*POSES, *VELOCITIES)
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("robot_name", "columns", "fps", "output_fps"),
    [("smpl", 156, 120.0, 30.0), ("smpl", 156, 250.0, 50.0), ("smplx", 165, 60.0, 30.0)],
)
def test_clips_are_those_of_their_converter_where_rates_divide(
    tmp_path, convert_by_protomotions, capsys, robot_name, columns, fps, output_fps
):
    robot = load_robot(robot_name)
    settings = HumanSettings(fps=output_fps, self_penetration=False)
    write_recording(tmp_path / "x_poses.npz", fps=fps, columns=columns)
    answers = convert_by_protomotions(robot, tmp_path / "x_poses.npz", output_fps)
    clip = read_amass(tmp_path / "x_poses.npz", robot)
    ours = human_states(convert_clip(clip, robot, settings), robot, settings)
    for precision, theirs in answers.items():
        assert float(theirs["fps"]) == output_fps
        worst = largest_differences(ours, theirs)
        flips = int((theirs["body_contact"] != ours.body_contact).sum())
        with capsys.disabled():
            numbers = ", ".join(f"{name} {value:.1e}" for name, value in worst.items())
            sys.stdout.write(
                f"\n{robot_name} {fps:g} -> {output_fps:g} fps, theirs in {precision}: "
                f"{numbers}; {flips} of {ours.body_contact.numel()} contacts\n"
            )
        for name in POSES:
            assert worst[name] < 1e-5, name
        # a velocity is a last digit of float32 (1e-7 at 2 m) over one frame, so it grows with the
        # rate: ours only stores such numbers, their converter as shipped also computes with them
        limit = {"float64": 1e-5, "float32": 1e-4}[precision] * output_fps / 30.0
        for name in VELOCITIES:
            assert worst[name] < limit, name
        assert flips <= 2  # a body within rounding of a limit
