"""GMR's own class beside our per-frame baseline and the solver, on the same human motion.

`GMR_PATH` names a checkout of YanjieZe/GMR. Only its `motion_retarget.py` is loaded: the package
itself would bring a viewer along.
"""

import importlib
import os
import sys
import time
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionlib.human.as_motion import as_motion
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.motion import Motion, Provenance
from motionlib.synthesis.amass_folder import write_amass_folder
from retarget.backends.mink import MinkBackEnd
from retarget.pairs.files import load_pair
from retarget.settings import ContactSettings
from retarget.solver.native import Solver
from retarget.targets import goal_of
from retarget.tree import world_poses

_BODIES = {
    "pelvis": "Pelvis", "spine3": "Chest", "left_hip": "L_Hip", "right_hip": "R_Hip",
    "left_knee": "L_Knee", "right_knee": "R_Knee", "left_foot": "L_Toe", "right_foot": "R_Toe",
    "left_shoulder": "L_Shoulder", "right_shoulder": "R_Shoulder", "left_elbow": "L_Elbow",
    "right_elbow": "R_Elbow", "left_wrist": "L_Wrist", "right_wrist": "R_Wrist",
}  # fmt: skip
_AXES = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""SMPL-X's own axes, left, up, forward, in ours."""


@pytest.fixture(scope="module")
def gmr():
    folder = os.environ.get("GMR_PATH", "")
    if not folder:
        pytest.skip("GMR_PATH is unset: it names a checkout of YanjieZe/GMR")
    package = Path(folder) / "general_motion_retargeting"
    if not (package / "motion_retarget.py").is_file():
        pytest.skip(f"GMR_PATH names {folder}, which is no checkout of GMR")
    pytest.importorskip("mink")
    with pytest.MonkeyPatch.context() as patch:
        bare = ModuleType("gmr_without_viewer")
        bare.__path__ = [str(package)]
        patch.setitem(sys.modules, bare.__name__, bare)
        module = importlib.import_module(f"{bare.__name__}.motion_retarget")
        yield module.GeneralMotionRetargeting


@pytest.fixture(scope="module")
def human(smpl, tmp_path_factory):
    folder = tmp_path_factory.mktemp("amass")
    made = write_amass_folder(
        folder, clips=1, seed=8, seconds=(8.0, 10.0), smplx_share=0.0, progress=False
    )
    clip = convert_clip(read_human_clip(made[0], smpl), smpl, HumanSettings())
    return as_motion(clip, smpl, name="made", provenance=Provenance(source="made here"))


def gmr_frames(motion: Motion) -> list[dict[str, tuple[np.ndarray, np.ndarray]]]:
    """Position and quaternion of each body, SMPL-X's axes, frame by frame."""
    pos, rot = world_poses(motion.robot, motion.root_pos, motion.root_quat_wxyz, motion.dof_pos)
    quat = Rotation.from_matrix((rot @ _AXES).reshape(-1, 3, 3)).as_quat(scalar_first=True)
    quat = quat.reshape(*rot.shape[:2], 4)
    bodies = {name: motion.robot.body_names.index(ours) for name, ours in _BODIES.items()}
    return [{n: (pos[t, b], quat[t, b]) for n, b in bodies.items()} for t in range(len(pos))]


@pytest.mark.slow
def test_our_baseline_moves_as_gmr_does_and_is_no_slower(gmr, human, g1, capsys):
    theirs = gmr("smplx", "unitree_g1", actual_human_height=1.7)
    frames = gmr_frames(human)
    start = time.process_time()
    qpos = np.array([theirs.retarget(frame) for frame in frames])
    their_s = time.process_time() - start
    pair = load_pair("smpl", g1)
    goal = goal_of(human, g1, pair, ContactSettings())
    back_end = MinkBackEnd(g1, pair)
    start = time.process_time()
    ours = back_end.solve(goal)
    our_s = time.process_time() - start
    native = Solver(g1, pair)
    native.solve(goal)  # compiles
    start = time.process_time()
    native.solve(goal)
    native_s = time.process_time() - start
    hinges = [theirs.model.joint(name).qposadr[0] for name in g1.dof_names]
    apart = np.rad2deg(np.abs(qpos[10:, hinges] - ours.dof_pos[10:]))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{len(frames)} frames: GMR {len(frames) / their_s:.0f} frames/s, our baseline "
            f"{len(frames) / our_s:.0f}; joints {apart.mean():.1f}° apart; native "
            f"{len(frames) / native_s:.0f}, {their_s / native_s:.0f} times GMR\n"
        )
    assert our_s < 1.1 * their_s
    assert native_s < 0.1 * their_s
    assert apart.mean() < 15.0
