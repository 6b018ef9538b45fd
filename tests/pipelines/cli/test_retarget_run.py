import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from scipy.spatial.transform import Rotation

from motionlib.files import data_folder
from motionlib.formats.beyondmimic import load_npz, save_npz
from motionlib.formats.protomotions.motion_lib import load_motion_lib, save_motion_lib
from motionlib.library import library_from_motions
from motionlib.synthesis.amass_folder import write_amass_folder

SAMPLE = Path(__file__).resolve().parents[3] / "data" / "motions" / "amass_sample"
ALONE = ("--processes", 1)
WALK = SAMPLE / "SFU" / "0005" / "0005_walk_poses.npz"


@pytest.fixture(scope="session")
def recording(tmp_path_factory) -> str:
    """A BVH of a person who stands with the arms stretched and bends the knees, in centimetres."""
    bones = [
        ("Hips", "", (0, 95, 0)), ("Spine", "Hips", (0, 12, 0)), ("Spine1", "Spine", (0, 12, 0)),
        ("Spine2", "Spine1", (0, 12, 0)), ("Neck", "Spine2", (0, 20, 0)),
        ("Head", "Neck", (0, 10, 0)),
    ]  # fmt: skip
    for side, sign in (("Left", 1), ("Right", -1)):
        bones += [
            (f"{side}Shoulder", "Spine2", (4 * sign, 16, 0)),
            (f"{side}Arm", f"{side}Shoulder", (14 * sign, 0, 0)),
            (f"{side}ForeArm", f"{side}Arm", (28 * sign, 0, 0)),
            (f"{side}Hand", f"{side}ForeArm", (25 * sign, 0, 0)),
            (f"{side}UpLeg", "Hips", (9 * sign, -4, 0)),
            (f"{side}Leg", f"{side}UpLeg", (0, -42, 0)),
            (f"{side}Foot", f"{side}Leg", (0, -42, 0)),
            (f"{side}ToeBase", f"{side}Foot", (0, -6, 14)),
        ]
    order: list[str] = []
    text = "HIERARCHY\n" + _joint(bones, "Hips", 0, order)
    frames = []
    for t in range(20):
        bend = 25.0 * (1.0 - np.cos(2.0 * np.pi * t / 20.0)) / 2.0
        drop = 84.0 * (1.0 - np.cos(np.radians(bend)))
        turns = {"UpLeg": -bend, "Leg": 2.0 * bend, "Foot": -bend}
        numbers = [0.0, 95.0 - drop, 0.0]
        for name in order:
            side = name.removeprefix("Left").removeprefix("Right")
            numbers += [0.0, turns.get(side, 0.0) if side != name else 0.0, 0.0]
        frames.append(" ".join(f"{number:.5f}" for number in numbers))
    return text + "MOTION\nFrames: 20\nFrame Time: 0.0333333\n" + "\n".join(frames) + "\n"


def _joint(bones: list, name: str, depth: int, order: list[str]) -> str:
    _, parent, offset = next(bone for bone in bones if bone[0] == name)
    order.append(name)
    indent = "  " * depth
    place = "0 0 0" if not parent else " ".join(map(str, offset))
    channels = "3 Zrotation Xrotation Yrotation"
    if not parent:
        channels = "6 Xposition Yposition Zposition Zrotation Xrotation Yrotation"
    inner = [_joint(bones, bone[0], depth + 1, order) for bone in bones if bone[1] == name]
    if not inner:
        inner = [f"{indent}  End Site\n{indent}  {{\n{indent}    OFFSET 0 0 5\n{indent}  }}\n"]
    kind = "JOINT" if parent else "ROOT"
    return (
        f"{indent}{kind} {name}\n{indent}{{\n{indent}  OFFSET {place}\n"
        f"{indent}  CHANNELS {channels}\n{''.join(inner)}{indent}}}\n"
    )


def rows_of(folder: Path) -> dict[str, dict]:
    return {row["clip_id"]: row for row in pq.read_table(folder / "retargeted.parquet").to_pylist()}


def test_a_folder_of_recordings_becomes_libraries_and_a_table(motion, tmp_path, g1, smpl):
    root, out = tmp_path / "amass", tmp_path / "out"
    (root / "SFU").mkdir(parents=True)
    shutil.copy(WALK, root / "SFU" / "walk.npz")
    (root / "broken.npz").write_bytes(b"no zip")
    command = ("retarget", root, "--robot", "g1", "--output", out, "--processes", 1)
    done = motion(*command, "--format", "pt", "npz")
    assert done.status == 1, done.errors
    robot, human = (
        load_motion_lib(out / name, kind)
        for name, kind in (("motions.pt", g1), ("source.pt", smpl))
    )
    assert robot.names == human.names == ("SFU/walk",)
    assert robot.num_frames.tolist() == human.num_frames.tolist()
    (clip,) = load_npz(out / "npz" / "SFU" / "walk.npz", g1)
    assert clip.fps == 30.0
    rows = rows_of(out)
    assert (rows["SFU/walk"]["source"], rows["SFU/walk"]["robot"]) == ("smpl", "g1")
    assert rows["SFU/walk"]["method"] == "native"
    assert rows["SFU/walk"]["keypoint_error_mean_cm"] < 2.0
    assert rows["broken"]["fate"] == "rejected"
    assert rows["broken"]["reason"]
    assert "SFU/walk" in done.output
    assert "broken" in done.errors


def test_a_library_keeps_its_names_and_asks_no_skeleton(motion, tmp_path, walk_library, g1):
    out = tmp_path / "out"
    done = motion("retarget", walk_library, "--robot", "g1", "--output", out, "--fps", 50, *ALONE)
    assert done.status == 0, done.errors
    found = load_motion_lib(out / "motions.pt", g1)
    assert found.names == ("set/one", "set/two")
    assert found.fps.tolist() == [50.0, 50.0]
    assert found.weights.tolist() == [3.0, 1.0]


@pytest.fixture
def walk_library(motion, tmp_path) -> Path:
    """Two human clips, named and weighted."""
    from motionlib.motion import Motion, Provenance
    from motionlib.robots.files import load_robot

    smpl = load_robot("smpl")
    arms, knee = torch.zeros(smpl.num_dofs), smpl.dof_names.index("L_Knee_y")
    for name, angle in (("L_Shoulder_x", -1.2), ("R_Shoulder_x", 1.2)):
        arms[smpl.dof_names.index(name)] = angle

    def bent(angle: float) -> torch.Tensor:
        dofs = arms.repeat(12, 1)
        dofs[:, knee] = torch.linspace(0.0, angle, 12)
        return dofs

    motions = [
        Motion(
            name=name,
            robot=smpl,
            fps=30.0,
            root_pos=torch.tensor([[0.0, 0.0, smpl.default_root_height]]).repeat(12, 1),
            root_quat_wxyz=torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(12, 1),
            dof_pos=bent(angle),
            weight=weight,
            provenance=Provenance(source="made here"),
        )
        for name, angle, weight in (("set/one", 0.1, 3.0), ("set/two", 0.2, 1.0))
    ]
    save_motion_lib(tmp_path / "human.pt", library_from_motions(motions))
    return tmp_path / "human.pt"


def test_what_was_solved_is_not_solved_again(motion, walk_library, tmp_path, motion_home):
    command = ("retarget", "run", walk_library, "--robot", "g1", *ALONE, "--output")
    assert motion(*command, tmp_path / "one").status == 0
    entries = {f: f.stat().st_mtime_ns for f in (motion_home / "cache").rglob("*.safetensors")}
    assert len(entries) == 2
    assert motion(*command, tmp_path / "two").status == 0
    assert {f: f.stat().st_mtime_ns for f in entries} == entries
    names = ("motions.pt", "source.pt", "retargeted.parquet")
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_the_stages_of_protomotions_can_be_swapped(motion, walk_library, tmp_path, g1):
    out = tmp_path / "out"
    done = motion(
        "retarget",
        walk_library,
        "--robot",
        "g1",
        "--output",
        out,
        "--format",
        "protomotions",
        *ALONE,
    )
    assert done.status == 0, done.errors
    again = tmp_path / "again"
    keypoints = out / "keypoints-for-retarget"
    done = motion("retarget", keypoints, "--robot", "g1", "--output", again, *ALONE)
    assert done.status == 0, done.errors
    assert load_motion_lib(again / "motions.pt", g1).names == ("set_one", "set_two")


def test_robot_csv_needs_its_robot(motion, tmp_path, make_motion, g1):
    clip = make_motion(g1, frames=12)
    columns = [clip.root_pos, clip.root_quat_wxyz, clip.dof_pos]
    table = np.concatenate([each.numpy() for each in columns], axis=1)
    np.savetxt(tmp_path / "a.csv", table, delimiter=",", fmt="%.7f")
    command = ("retarget", tmp_path / "a.csv", "--robot", "g1", "--output", tmp_path / "out")
    done = motion(*command)
    assert done.status == 2
    assert "add --source NAME" in done.errors
    done = motion(*command, "--source", "g1", "--csv-fps", 50, *ALONE)
    assert done.status in (0, 1), done.errors  # that clip walks through the floor
    assert rows_of(tmp_path / "out")["a"]["fps"] == 50.0


BAD = {
    "one frame": lambda text: re.sub(r"Frames: 20(\nFrame.*\n.*\n)[\s\S]*", r"Frames: 1\1", text),
    "metres": lambda text: scaled(text, 0.01),
    "three times": lambda text: scaled(text, 3.0),
    "sides": lambda text: re.sub(
        r"\b(Left|Right)", lambda m: "Right" if m[1] == "Left" else "Left", text
    ),
    "missing": lambda text: text.replace("LeftUpLeg", "Gizmo"),
    "nan": lambda text: text.rsplit(" ", 3)[0] + " nan 0 0\n",
}


def scaled(text: str, factor: float) -> str:
    """All lengths of a BVH times a factor."""

    def offset(found: re.Match) -> str:
        return "OFFSET " + " ".join(f"{float(x) * factor:.6f}" for x in found[1].split())

    head, rows = re.sub(r"OFFSET (.*)", offset, text).split("0.0333333\n")
    lines = []
    for row in rows.splitlines():
        numbers = row.split()
        lines.append(" ".join([*(f"{float(x) * factor:.6f}" for x in numbers[:3]), *numbers[3:]]))
    return head + "0.0333333\n" + "\n".join(lines) + "\n"


def test_odd_recordings_are_mended_or_refused_with_a_reason(motion, recording, tmp_path):
    folder, out = tmp_path / "bvh", tmp_path / "out"
    folder.mkdir()
    (folder / "good.bvh").write_text(recording)
    for name, change in BAD.items():
        (folder / f"{name}.bvh").write_text(change(recording))
        assert change(recording) != recording, name
    done = motion("retarget", folder, "--robot", "g1", "--output", out, "--processes", 1)
    assert done.status == 1, done.errors
    rows = rows_of(out)
    twin = "same content as good"
    unsolved = {n: row["reason"] for n, row in rows.items() if row["output_frames"] is None}
    left_out = {name for name, reason in unsolved.items() if reason != twin}
    assert left_out == {"one frame", "sides", "missing", "nan"}
    assert "left and right are swapped" in rows["sides"]["reason"]
    assert "Gizmo" in rows["missing"]["reason"] or "LeftUpLeg" in rows["missing"]["reason"]
    assert "nan" in rows["nan"]["reason"]
    assert rows["one frame"]["reason"].startswith("too short: 1 frames")
    # units do not matter to a skeleton that says how large it is
    for name in ("metres", "three times"):
        assert "unit" in rows[name]["notes"]
        if rows[name]["reason"] == twin:  # to the last bit
            continue
        for measure in ("keypoint_error_mean_cm", "penetration_max_mm", "contact_share"):
            assert rows[name][measure] == pytest.approx(rows["good"][measure], abs=0.05), name


def test_what_cannot_be_true_is_rejected_under_its_gate_and_the_others_go_on(motion, tmp_path):
    folder = tmp_path / "CMU"
    folder.mkdir()
    with np.load(WALK) as file:
        walk = {
            name: file[name][:60] if name in ("poses", "trans") else file[name] for name in file
        }
    onto_y = Rotation.from_euler("x", -90, degrees=True)
    poses = walk["poses"].copy()
    poses[:, :3] = (onto_y * Rotation.from_rotvec(poses[:, :3])).as_rotvec()
    wrong = {
        "degrees": {"poses": np.degrees(walk["poses"])},
        "millimetres": {"trans": walk["trans"] * 1000.0},
        "y_up": {"poses": poses, "trans": onto_y.apply(walk["trans"])},
        "right": {},
    }
    for name, change in wrong.items():
        np.savez(folder / f"{name}_poses.npz", **(walk | change))
    done = motion("retarget", folder, "--robot", "g1", "--output", tmp_path / "out", *ALONE)
    assert done.status == 1
    gates = {name: (row["fate"], row["gate"]) for name, row in rows_of(tmp_path / "out").items()}
    assert gates == {
        "degrees_poses": ("rejected", "limit_excess_median"),
        "millimetres_poses": ("rejected", "root_speed_held"),
        "y_up_poses": ("rejected", "sideways_stand_s"),
        "right_poses": ("accepted", ""),
    }


def test_motions_in_files_are_asked_too(motion, tmp_path, walk_library, smpl):
    library = load_motion_lib(walk_library, smpl)
    sound, other = library.motion(0), library.motion(1)
    fast = replace(other, root_pos=other.root_pos + torch.arange(other.num_frames)[:, None])
    save_motion_lib(tmp_path / "x.pt", library_from_motions([sound, fast]))
    run = ("retarget", tmp_path / "x.pt", "--robot", "g1", "--output", tmp_path / "out", *ALONE)
    assert motion(*run).status == 1
    rows = rows_of(tmp_path / "out")
    assert (rows[fast.name]["fate"], rows[fast.name]["gate"]) == ("rejected", "root_speed_held")
    assert rows[sound.name]["output_frames"]
    motion(*run, "--accept-implausible")
    assert "root_speed_held" in rows_of(tmp_path / "out")[fast.name]["reason"]
    assert rows_of(tmp_path / "out")[fast.name]["output_frames"]


def test_nothing_there_is_an_error(motion, tmp_path):
    (tmp_path / "empty").mkdir()
    for src, words in (("none", "no such file or folder"), ("empty", "nothing to retarget")):
        done = motion("retarget", tmp_path / src, "--robot", "g1", "--output", tmp_path / "out")
        assert done.status == 2
        assert words in done.errors
    assert not (tmp_path / "out").exists()


def test_a_pair_with_an_unknown_keypoint_body_is_an_error(motion, walk_library, tmp_path):
    from retarget.pairs.files import PAIRS

    text = (PAIRS / "smpl_to_g1.yaml").read_text()
    for old, new, words in (
        ("body: left_knee_link", "body: left_nee_link", "left_nee_link"),
        ("source: L_Knee", "source: L_Nee", "L_Nee"),
        ("left_elbow_joint: 1.5708", "left_elbow_joint: 9.5", "left_elbow_joint"),
    ):
        assert old in text
        (tmp_path / "pair.yaml").write_text(text.replace(old, new))
        done = motion(
            "retarget", walk_library, "--robot", "g1", "--output", tmp_path / "out",
            "--pair", tmp_path / "pair.yaml",
        )  # fmt: skip
        assert done.status == 2, done.output
        assert words in done.errors


def test_amass_folders_are_read_at_thirty(motion, tmp_path, g1):
    write_amass_folder(tmp_path / "amass", clips=2, seed=3, seconds=(0.5, 0.6), progress=False)
    done = motion(
        "retarget", tmp_path / "amass", "--robot", "g1", "--output", tmp_path / "out",
        "--processes", 1,
    )  # fmt: skip
    assert done.status in (0, 1), done.errors
    assert {row["fps"] for row in rows_of(tmp_path / "out").values()} == {30.0}


def test_a_robot_s_npz_says_whose_it_is(motion, tmp_path, make_motion, g1):
    save_npz(tmp_path / "turn.npz", [make_motion(g1, frames=10)])
    done = motion("retarget", tmp_path / "turn.npz", "--robot", "g1", "--output", tmp_path / "out")
    assert done.status in (0, 1), done.errors
    assert rows_of(tmp_path / "out")["turn"]["source"] == "g1"


def test_a_map_of_ones_own_is_taken_for_bvh_and_is_part_of_the_key(motion, recording, tmp_path):
    source, mine = tmp_path / "a.bvh", tmp_path / "mine.yaml"
    source.write_text(recording.replace("LeftForeArm", "zweiter").replace("RightForeArm", "erster"))
    humanik = (data_folder() / "yaml_files" / "bvh" / "humanik.yaml").read_text()
    mine.write_text(humanik.replace("LeftForeArm", "zweiter").replace("RightForeArm", "erster"))
    out = tmp_path / "out"
    command = ("retarget", source, "--robot", "g1", "--output", out, *ALONE)
    # remembered as refused, but not for the map
    assert motion(*command).status == 1
    assert "LeftForeArm (L_Elbow)" in rows_of(out)["a"]["reason"]
    done = motion(*command, "--joint-map", mine)
    assert done.status == 0, done.errors
    assert rows_of(out)["a"]["fate"] == "accepted"
    assert "joint map mine" in rows_of(out)["a"]["notes"]
    gone = motion(*command, "--joint-map", tmp_path / "gone.yaml")
    assert "gone.yaml: no such file; expected a joint-name map" in gone.errors


def test_a_joint_map_for_what_has_no_joints_is_refused(motion, walk_library, tmp_path):
    mine = data_folder() / "yaml_files" / "bvh" / "humanik.yaml"
    command = ("retarget", walk_library, "--robot", "g1", "--output", tmp_path / "out")
    done = motion(*command, "--joint-map", mine)
    assert done.status == 2
    assert "holds no recordings, and --joint-map is for those in .bvh" in done.errors
