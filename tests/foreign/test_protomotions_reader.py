"""Our `.pt` through ProtoMotions' own `MotionLib`, from the checkout that `PROTOMOTIONS_PATH` names.

`PROTOMOTIONS_PYTHON` names an interpreter with what that class imports (torch, easydict, yaml) if it
is not this one.
"""

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motionlib.formats.protomotions.marker_layout import body_layout
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.library import library_from_motions
from motionlib.motion import STATE_FIELDS
from motionlib.resampling import resample_motion
from motionlib.robots.files import load_robot

_READ = """
import sys
sys.path.insert(0, sys.argv[1])
import torch
from protomotions.components.motion_lib import MotionLib, MotionLibConfig

lib = MotionLib(MotionLibConfig(motion_file=sys.argv[2]), device="cpu")
query = torch.load(sys.argv[3], weights_only=True)
state = lib.get_motion_state(query["motion_ids"], query["times_s"])
torch.save(
    {
        "num_motions": lib.num_motions(),
        "total_length": float(lib.get_total_length()),
        "weights": lib.motion_weights,
        "files": tuple(lib.motion_files),
        "dof_pos": state.dof_pos,
        "dof_vel": state.dof_vel,
        "body_pos": state.rigid_body_pos,
        "body_quat_xyzw": state.rigid_body_rot,
        "body_lin_vel": state.rigid_body_vel,
        "body_ang_vel": state.rigid_body_ang_vel,
        "body_contact": state.rigid_body_contacts,
        "local_quat_xyzw": state.local_rigid_body_rot,
    },
    sys.argv[4],
)
"""


@pytest.fixture(scope="module")
def checkout():
    folder = os.environ.get("PROTOMOTIONS_PATH", "")
    if not folder:
        pytest.skip("PROTOMOTIONS_PATH is unset: it names a checkout of NVlabs/ProtoMotions")
    if not (Path(folder) / "protomotions" / "components" / "motion_lib.py").is_file():
        pytest.skip(f"PROTOMOTIONS_PATH names {folder}, which is no checkout of ProtoMotions")
    return Path(folder)


@pytest.fixture
def read_by_protomotions(checkout, tmp_path):
    python = os.environ.get("PROTOMOTIONS_PYTHON", sys.executable)
    probe = subprocess.run([python, "-c", "import torch, easydict, yaml"], capture_output=True,
                           text=True, check=False, timeout=120)  # fmt: skip
    if probe.returncode:
        reason = probe.stderr.strip().splitlines()[-1]
        pytest.skip(f"{python}: {reason}; install easydict there or set PROTOMOTIONS_PYTHON")

    def read(path, motion_ids, times_s):
        query, target = tmp_path / "query.pt", tmp_path / "answer.pt"
        torch.save({"motion_ids": motion_ids, "times_s": times_s}, query)
        command = [python, "-c", _READ, *map(str, (checkout, path, query, target))]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr[-2000:]
        return torch.load(target, weights_only=True)

    return read


@pytest.fixture
def lib(g1, make_motion):
    slow = resample_motion(make_motion(g1, frames=60, name="slow"), 30.0)
    clips = [make_motion(g1, frames=50, name="turn"), slow]
    return library_from_motions(clips, velocity_rule="forward_min3")


@pytest.mark.slow
@pytest.mark.parametrize("layout", ["native", "protomotions"])
def test_sampled_states_are_ours(tmp_path, g1, lib, read_by_protomotions, layout):
    save_motion_lib(tmp_path / "x.pt", lib, layout=layout)
    generator = torch.Generator().manual_seed(0)
    motion_ids = torch.randint(0, 2, (200,), generator=generator)
    times_s = torch.rand(200, generator=generator) * lib.lengths_s[motion_ids]
    got = read_by_protomotions(tmp_path / "x.pt", motion_ids, times_s)

    assert got["num_motions"] == 2
    assert got["total_length"] == pytest.approx(float(lib.lengths_s.sum()), abs=1e-5)
    assert got["files"] == ("turn.motion", "slow.motion")
    bodies = body_layout(g1, layout)
    assert got["body_pos"].shape[1] == len(bodies.body_names)
    native = list(bodies.native)
    ours = load_motion_lib(tmp_path / "x.pt", g1).get_motion_state(motion_ids, times_s)
    assert (got["body_pos"][:, native] - ours.body_pos).abs().max() < 1e-4
    # between frames their rule leaves quaternions a little off unit length, and so does ours
    theirs = got["body_quat_xyzw"][:, native][..., [3, 0, 1, 2]]
    signs = (theirs * ours.body_quat_wxyz).sum(-1, keepdim=True).sign()
    assert (theirs - signs * ours.body_quat_wxyz).abs().max() < 1e-5
    for key in ("dof_pos", "dof_vel"):
        assert (got[key] - getattr(ours, key)).abs().max() < 2e-3, key
    for key in ("body_lin_vel", "body_ang_vel"):
        assert (got[key][:, native] - getattr(ours, key)).abs().max() < 5e-3, key
    same = got["body_contact"][:, native].bool() == ours.body_contact
    assert same.float().mean() > 0.99  # a query on a frame may see its neighbour's label too


def test_marker_layout_has_the_body_order_of_their_g1(g1, checkout):
    path = checkout / "protomotions" / "data" / "assets" / "mjcf" / "g1_holo_compat.xml"
    if not path.is_file():
        pytest.skip(f"{path.name} is not in the checkout")
    root = next(iter(ET.parse(path).getroot().iter("worldbody")))
    names = tuple(body.get("name") for body in root.iter("body"))
    assert body_layout(g1, "protomotions").body_names == names


@pytest.mark.slow
def test_microduck_library_is_read(tmp_path, microduck, make_motion, read_by_protomotions):
    lib = library_from_motions([make_motion(microduck)], velocity_rule="forward_min3")
    save_motion_lib(tmp_path / "x.pt", lib)
    frames = torch.arange(40)
    got = read_by_protomotions(tmp_path / "x.pt", torch.zeros_like(frames), frames / 50.0)
    assert (got["dof_pos"] - lib.states.dof_pos).abs().max() < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["g1", "smpl"])
def test_states_between_frames_are_theirs(
    tmp_path, make_motion, read_by_protomotions, capsys, name
):
    robot = load_robot(name)
    clips = [make_motion(robot, frames=n, name=f"m{n}") for n in (2, 3, 50, 301)]
    clips += [replace(resample_motion(clips[3], 30.0), name="slow")]
    still = clips[2].dof_pos[:1] + 2e-4 * (clips[2].dof_pos - clips[2].dof_pos[:1])
    clips += [replace(clips[2], name="nearly still", dof_pos=still)]
    save_motion_lib(tmp_path / "x.pt", library_from_motions(clips, velocity_rule="forward_min3"))
    lib = load_motion_lib(tmp_path / "x.pt", robot)
    generator = torch.Generator().manual_seed(0)
    motion_ids = torch.randint(0, len(clips), (3000,), generator=generator)
    times_s = (torch.rand(3000, generator=generator) * 1.2 - 0.1) * lib.lengths_s[motion_ids]
    on_frames = (times_s * lib.fps[motion_ids]).round() / lib.fps[motion_ids]
    times_s = torch.where(torch.arange(3000) < 1000, on_frames, times_s)

    got = read_by_protomotions(tmp_path / "x.pt", motion_ids, times_s)
    ours = lib.get_motion_state(motion_ids, times_s)
    got["body_quat_wxyz"] = got.pop("body_quat_xyzw")[..., [3, 0, 1, 2]]
    with capsys.disabled():
        for key in STATE_FIELDS:
            worst = float((got[key].float() - getattr(ours, key).float()).abs().max())
            sys.stdout.write(f"\n{name} {key}: largest difference {worst:.2g}")
            assert worst <= 1e-6, key
