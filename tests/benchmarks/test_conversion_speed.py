"""Recordings to gated motion in the cache, in seconds of motion a second.

Reading, hashing and writing are in; files, lengths and rates are like AMASS's (median 6 s, longest
264 s, 60 to 250 Hz, 156 pose numbers in float64, stored uncompressed). Beside it a straightforward
reference: one clip after the other through torch by ProtoMotions' steps, no hash, no gates. Run
alone to see the numbers: `pytest tests/benchmarks/test_conversion_speed.py -s`.
"""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.contacts import label_contacts
from motionlib.corpus.index import IndexSettings, build_index
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.by_suffix import read_human_clip
from motionlib.human.readers.smpl_joints import ROOT_POST_QUAT_WXYZ, SMPLH_JOINTS, columns_of
from motionlib.human.settings import HumanSettings
from motionlib.human.states import human_states
from motionlib.kinematics import Kinematics, exponential_map
from motionlib.robot import Robot
from motionlib.rotations import quat_from_rotvec, quat_mul
from motionlib.stages.conversion import convert_clips
from motionlib.stages.gates import HumanGates, judge
from motionlib.stages.store import ClipStore
from motionlib.stages.verdicts import at_most
from motionlib.synthesis.amass_folder import write_amass_folder
from motionlib.velocities import angular_velocity, dof_velocity, linear_velocity

CLIPS, NAMES, REFERENCE_CLIPS = 120, 8, 25
"""Files that are made; names that each is given, so that starting workers matters less; files that
the reference converts."""
COLLAPSE = 2.0
"""Times the reference, one process without self-penetration: five on quiet cores."""
WITHOUT, WITH = HumanSettings(self_penetration=False), HumanSettings()


def reference_conversion(path: Path, robot: Robot, target: Path) -> float:
    """Seconds of motion in a recording, converted as a script would: stride, torch, one clip."""
    file = np.load(path)
    fps = round(float(file["mocap_framerate"]))
    stride = fps // min(rate for rate in range(30, fps + 1) if fps % rate == 0)
    out_fps = fps / stride
    columns = columns_of(robot.body_names, SMPLH_JOINTS)
    poses = torch.from_numpy(file["poses"][::stride, columns] * (columns[:, :1] >= 0)).float()
    quats = quat_from_rotvec(poses)
    root = quat_mul(quats[:, 0], torch.tensor(ROOT_POST_QUAT_WXYZ).expand(len(poses), 4))
    dof_pos = exponential_map(quats[:, 1:])
    root_pos = torch.from_numpy(file["trans"][::stride]).float()
    body_pos, body_quat = Kinematics(robot).forward(root_pos, root, dof_pos)
    body_pos[..., 2] += robot.lowest_body_height - body_pos[..., 2].min()
    lin_vel = linear_velocity(body_pos, out_fps, "forward_min3")
    fields = {
        "rigid_body_pos": body_pos,
        "rigid_body_rot": body_quat,
        "rigid_body_vel": lin_vel,
        "rigid_body_ang_vel": angular_velocity(body_quat, out_fps, "forward_min3"),
        "dof_pos": dof_pos,
        "dof_vel": dof_velocity(robot, dof_pos, out_fps, "forward_min3"),
        "rigid_body_contacts": label_contacts(body_pos, lin_vel),
        "local_rigid_body_rot": quats,
    }
    torch.save(fields, target)
    return len(file["trans"]) / fps


@pytest.fixture(scope="module")
def amass(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("amass")
    made = write_amass_folder(
        folder, clips=CLIPS, seed=4, smplx_share=0.0, processes=2, progress=False
    )
    for path in made:
        for number in range(1, NAMES):
            path.with_name(f"{number}_{path.name}").hardlink_to(path)
    return folder


def motion_seconds_a_second(
    amass: Path, robot: Robot, store: Path, *, settings: HumanSettings, processes: int
) -> dict[str, float]:
    """Of the whole way, and of its parts."""
    marks = [time.perf_counter()]
    rows = build_index(amass, IndexSettings(), memory=None, processes=processes, progress=False)
    # a name is a link to one file of several names: of equal content one would be converted
    rows = [replace(row, sha256=f"{number:064x}") for number, row in enumerate(rows)]
    marks.append(time.perf_counter())
    results = convert_clips(
        rows, root=amass, robot=robot, settings=settings, store=ClipStore(store),
        processes=processes, progress=False,
    )  # fmt: skip
    marks.append(time.perf_counter())
    depth = (
        HumanGates().self_penetration_max if settings.self_penetration else at_most(float("inf"))
    )
    table = judge(rows, results, HumanGates(self_penetration_max=depth))
    marks.append(time.perf_counter())
    assert len(table) == CLIPS * NAMES
    assert not any(result.reason for result in results)
    motion_s = sum(row.seconds for row in rows)
    hashing, converting, judging = np.diff(marks).tolist()
    return {
        "all": motion_s / (marks[-1] - marks[0]),
        "hashing": motion_s / hashing,
        "converting": motion_s / converting,
        "judging": motion_s / judging,
        "seconds": motion_s,
    }


def frames_a_second(work: Callable[[], int], budget_s: float = 0.5) -> float:
    """`work` returns how many frames it made."""
    work()
    frames, start = 0, time.perf_counter()
    while (spent := time.perf_counter() - start) < budget_s:
        frames += work()
    return frames / spent


@pytest.mark.benchmark
@pytest.mark.slow
def test_files_to_gated_motion(
    amass: Path, smpl: Robot, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    files = sorted(amass.rglob("*.npz"))
    for settings in (WITHOUT, WITH):  # compiled code is loaded before the clock runs
        human_states(convert_clip(read_human_clip(files[0], smpl), smpl, settings), smpl, settings)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    start = time.perf_counter()
    done_s = [reference_conversion(f, smpl, tmp_path / "x.pt") for f in files[:REFERENCE_CLIPS]]
    script = sum(done_s) / (time.perf_counter() - start)
    torch.set_num_threads(threads)
    lines, reached = [f"reference, one process: {script:,.0f} x real time, no hash, no gates"], {}
    for processes in (1, 2):
        for name, settings in (("without", WITHOUT), ("with", WITH)):
            store = tmp_path / f"{processes}{name}"
            rate = motion_seconds_a_second(
                amass, smpl, store, settings=settings, processes=processes
            )
            reached[processes, name] = rate["all"]
            lines.append(
                f"{processes} process{'es' * (processes > 1):2s} {name:7s} self-penetration: "
                f"{rate['all']:6,.0f} x real time (index and hashes {rate['hashing']:6,.0f}, "
                f"conversion {rate['converting']:6,.0f}, gates {rate['judging']:,.0f})"
            )
    lines.append(
        f"{CLIPS * NAMES} clips, {rate['seconds']:,.0f} s of motion; starting workers is in"
    )
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert reached[1, "without"] > COLLAPSE * script


@pytest.mark.benchmark
def test_compiled_loops_alone(amass: Path, smpl: Robot, capsys: pytest.CaptureFixture) -> None:
    """Frames of the result a second for one process, the files already in memory."""
    paths = sorted(amass.rglob("*.npz"))[:REFERENCE_CLIPS]
    clips = [read_human_clip(path, smpl) for path in paths]
    motions = [convert_clip(clip, smpl, WITHOUT) for clip in clips]
    rates = {
        "conversion": frames_a_second(
            lambda: sum(convert_clip(clip, smpl, WITHOUT).num_frames for clip in clips)
        ),
        "with self-penetration": frames_a_second(
            lambda: sum(convert_clip(clip, smpl, WITH).num_frames for clip in clips)
        ),
        "states for packing": frames_a_second(
            lambda: sum(human_states(m, smpl, WITHOUT).num_frames for m in motions)
        ),
    }
    with capsys.disabled():
        shown = ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
        sys.stdout.write(f"\nframes/s: {shown}\n")
    assert rates["conversion"] > 30_000
    assert rates["states for packing"] > 20_000
