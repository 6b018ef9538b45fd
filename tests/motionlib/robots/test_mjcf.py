"""A robot is all its files: includes and meshes, as MuJoCo finds them, whatever changes when."""

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import motionlib.robots.files
from motionlib.errors import RobotChangedError, RobotError
from motionlib.robot import Robot
from motionlib.robots.files import load_robot
from motionlib.robots.mjcf import sha256_of_robot, spec_of
from motionlib.robots.model import robot_model

EditFile = Callable[[Path, str, str], Path]
WriteStl = Callable[..., Path]
SHANK = "parts/left_shank.xml"
FOOT = '<body name="left_foot" pos="0 0 -0.3">'
LONGER = '<body name="left_foot" pos="0 0 -0.4">'
SHELL = '<mesh name="shell" file="shell.stl"/>'


def shell_size(robot: Robot) -> float:
    """m, of the mesh as MuJoCo has it: turned, so that it is told from its longest edge."""
    corners = robot_model(robot).mesh_vert.astype(np.float64)
    return float(np.linalg.norm(corners[:, None] - corners, axis=-1).max() / np.sqrt(2.0))


def test_all_files_are_told_in_order(biped: Path) -> None:
    assert [file.relative_to(biped).as_posix() for file in load_robot(biped).files] == [
        "robot.yaml",
        "robot.xml",
        "parts/left_leg.xml",
        "parts/right_leg.xml",
        "parts/left_shank.xml",
        "parts/right_shank.xml",
        "meshes/shell.stl",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "another"),
    [
        (SHANK, FOOT, LONGER, True),
        ("parts/right_leg.xml", 'range="-1 1"', 'range="-1 0.9"', True),
        ("robot.xml", '<body name="base">', '<body name="trunk">', True),
        (SHANK, 'size="0.03"', 'size="0.035"', False),
        ("parts/right_leg.xml", "<joint", "<!-- mine --><joint", False),
        ("robot.yaml", "foot_friction", "# mine\nfoot_friction", False),
    ],
)
def test_any_file_changes_the_hash_and_what_moves_the_meaning(
    biped: Path, edit_file: EditFile, file: str, old: str, new: str, another: bool
) -> None:
    before = load_robot(biped)
    edit_file(biped / file, old, new)
    if "trunk" in new:
        text = (biped / "robot.yaml").read_text()
        (biped / "robot.yaml").write_text(text.replace("base", "trunk"))
    after = load_robot(biped)
    assert after.sha256 != before.sha256
    assert (after.semantic_sha256 != before.semantic_sha256) == another


def test_a_longer_shank_in_an_included_file_stands_higher(biped: Path, edit_file: EditFile) -> None:
    before = load_robot(biped)
    for side in ("left", "right"):
        file = biped / f"parts/{side}_shank.xml"
        edit_file(file, f'"{side}_foot" pos="0 0 -0.3"', f'"{side}_foot" pos="0 0 -0.4"')
    after = load_robot(biped)
    assert after.default_root_height == pytest.approx(before.default_root_height + 0.1)


def test_a_mesh_of_the_same_second_and_of_the_same_time_is_read_anew(
    biped: Path, write_stl: WriteStl
) -> None:
    before, shell = load_robot(biped), biped / "meshes" / "shell.stl"
    assert shell_size(before) == pytest.approx(0.2)
    times = shell.stat()
    write_stl(shell, size=0.3)
    second = load_robot(biped)
    assert shell_size(second) == pytest.approx(0.3)
    write_stl(shell, size=0.4)
    os.utime(shell, ns=(times.st_atime_ns, times.st_mtime_ns))
    third = load_robot(biped)
    assert shell_size(third) == pytest.approx(0.4)
    assert len({before.sha256, second.sha256, third.sha256}) == 3
    assert before.semantic_sha256 == second.semantic_sha256 == third.semantic_sha256


def test_a_copy_elsewhere_and_a_link_are_the_same_robot(biped: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(biped, tmp_path / "elsewhere" / "copy")
    (tmp_path / "link").symlink_to(biped)
    hashes = {load_robot(folder).sha256 for folder in (biped, copy, tmp_path / "link")}
    assert len(hashes) == 1


def test_a_robot_of_two_files_has_the_hash_of_their_bytes(microduck: Robot) -> None:
    yaml, xml = microduck.files
    both = yaml.read_bytes() + xml.read_bytes()
    assert microduck.sha256 == hashlib.sha256(both).hexdigest() == sha256_of_robot((yaml, xml))


def test_what_a_link_points_to_counts(biped: Path, edit_file: EditFile, tmp_path: Path) -> None:
    shank = biped / SHANK
    shank.rename(tmp_path / "shank.xml")
    shank.symlink_to(tmp_path / "shank.xml")
    before = load_robot(biped)
    edit_file(tmp_path / "shank.xml", FOOT, LONGER)
    assert load_robot(biped).semantic_sha256 != before.semantic_sha256


@pytest.mark.parametrize(
    ("compiler", "name", "place"),
    [
        ("", "shell.stl", "shell.stl"),
        ('assetdir="a"', "shell.stl", "a/shell.stl"),
        ('assetdir="a" meshdir="b"', "c/shell.stl", "b/c/shell.stl"),
        ('meshdir="b"', "c\\shell.stl", "b/c/shell.stl"),
        ('meshdir="b" strippath="true"', "/gone/shell.stl", "b/shell.stl"),
        ('meshdir="../b"', "shell.stl", "../b/shell.stl"),
        ('meshdir="{folder}/b"', "shell.stl", "b/shell.stl"),
        ('meshdir="b"', "{folder}/c/shell.stl", "c/shell.stl"),
    ],
)
def test_meshes_are_found_where_mujoco_finds_them(
    biped: Path, edit_file: EditFile, write_stl: WriteStl, compiler: str, name: str, place: str
) -> None:
    shutil.rmtree(biped / "meshes")
    write_stl(biped / place, size=0.25)
    edit_file(biped / "robot.xml", 'meshdir="meshes"', compiler.format(folder=biped))
    edit_file(biped / "robot.xml", 'file="shell.stl"', f'file="{name.format(folder=biped)}"')
    robot = load_robot(biped)
    assert robot.files[-1].samefile(biped / place)
    assert shell_size(robot) == pytest.approx(0.25)


@pytest.mark.parametrize("where", ["robot.xml", "parts/left_leg.xml"])
def test_the_main_files_folder_is_looked_in_first(
    biped: Path, edit_file: EditFile, where: str
) -> None:
    """As MuJoCo has it, whichever file includes."""
    beside = biped / "left_shank.xml"
    beside.write_text((biped / SHANK).read_text().replace(FOOT, LONGER))
    edit_file(biped / where, "<body", "<!-- a change --><body")
    robot = load_robot(biped)
    assert beside in robot.files
    assert biped / SHANK not in robot.files
    assert robot.body_offset_pos[robot.body_names.index("left_foot"), 2] == pytest.approx(-0.4)


def test_a_mesh_beside_an_included_file_counts(
    biped: Path, edit_file: EditFile, write_stl: WriteStl
) -> None:
    (biped / "parts/shell.xml").write_text(
        '<mujoco><asset><mesh name="cap" file="cap.stl"/></asset></mujoco>'
    )
    edit_file(biped / "robot.xml", "<worldbody>", '<include file="parts/shell.xml"/><worldbody>')
    cap = write_stl(biped / "parts" / "cap.stl", size=0.1)
    before = load_robot(biped)
    assert cap in before.files
    write_stl(cap, size=0.2)
    assert load_robot(biped).sha256 != before.sha256


def test_height_fields_and_skins_count(biped: Path, edit_file: EditFile) -> None:
    heights = np.array([2, 2], dtype="<i4").tobytes() + np.arange(4, dtype="<f4").tobytes()
    (biped / "meshes" / "ground.hf").write_bytes(heights)
    counts, three = np.array([3, 0, 1, 1], dtype="<i4"), np.arange(3, dtype="<i4").tobytes()
    pose = np.array([0, 0, 0, 1, 0, 0, 0], dtype="<f4").tobytes()
    bone = b"base".ljust(40, b"\0") + pose + np.int32(3).tobytes() + three
    corners, weights = np.eye(3, dtype="<f4").tobytes(), np.ones(3, dtype="<f4").tobytes()
    skin = counts.tobytes() + corners + three + bone + weights
    (biped / "meshes" / "suit.skn").write_bytes(skin)
    fields = '<hfield name="ground" file="ground.hf" size="1 1 1 1"/><skin file="suit.skn"/>'
    edit_file(biped / "robot.xml", SHELL, SHELL + fields)
    assert [file.name for file in load_robot(biped).files[-2:]] == ["ground.hf", "suit.skn"]


def test_a_urdf_counts_with_its_meshes(
    biped: Path, edit_file: EditFile, write_stl: WriteStl
) -> None:
    inertial = (
        '<inertial><mass value="1"/>'
        '<inertia ixx="0.1" iyy="0.1" izz="0.1" ixy="0" ixz="0" iyz="0"/></inertial>'
    )
    mesh = '<collision><geometry><mesh filename="shell.stl"/></geometry></collision>'
    links = [f'<link name="base">{inertial}{mesh}</link>']
    for side in ("left", "right"):
        links += [
            f'<link name="{side}_foot">{inertial}</link><joint name="{side}" type="revolute">'
            f'<parent link="base"/><child link="{side}_foot"/><origin xyz="0 0 -0.5"/>'
            '<axis xyz="0 1 0"/><limit lower="-1" upper="1" effort="1" velocity="1"/></joint>'
        ]
    compiler = '<mujoco><compiler meshdir="meshes" fusestatic="false"/></mujoco>'
    (biped / "robot.urdf").write_text(f'<robot name="r">{compiler}{"".join(links)}</robot>')
    edit_file(biped / "robot.yaml", "robot.xml", "robot.urdf")
    sole = "[[0.1, 0.1, 0], [0.1, -0.1, 0], [-0.1, -0.1, 0], [-0.1, 0.1, 0]]"
    edit_file(biped / "robot.yaml", "left_sole", sole)
    edit_file(biped / "robot.yaml", "right_sole", sole)
    before = load_robot(biped)
    write_stl(biped / "meshes/shell.stl", size=0.3)
    second = load_robot(biped)
    edit_file(biped / "robot.urdf", 'xyz="0 0 -0.5"', 'xyz="0 0 -0.6"')
    third = load_robot(biped)
    assert [file.name for file in before.files] == ["robot.yaml", "robot.urdf", "shell.stl"]
    assert len({before.sha256, second.sha256, third.sha256}) == 3
    assert before.semantic_sha256 == second.semantic_sha256 != third.semantic_sha256


@pytest.mark.parametrize("file", ["robot.yaml", SHANK, "meshes/shell.stl"])
def test_a_robot_that_changed_is_not_mixed_with_its_former_self(biped: Path, file: str) -> None:
    robot = load_robot(biped)
    content = (biped / file).read_bytes()
    (biped / file).write_bytes(content + b"\n")
    for read in (spec_of, robot_model):
        with pytest.raises(RobotChangedError, match=r"robot.xml: its files changed since biped"):
            read(robot)
    (biped / file).write_bytes(content)
    assert robot_model(robot).nbody == robot.num_bodies + 1
    (biped / "robot.yaml").unlink()
    with pytest.raises(RobotChangedError):
        spec_of(robot)


def test_a_change_while_it_is_read_is_told(
    biped: Path, edit_file: EditFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    compile_spec = motionlib.robots.files.compile_spec

    def compile_and_edit(*arguments):
        edit_file(biped / SHANK, FOOT, LONGER)
        return compile_spec(*arguments)

    monkeypatch.setattr(motionlib.robots.files, "compile_spec", compile_and_edit)
    with pytest.raises(RobotChangedError, match=r"left_shank.xml: changed while it was read"):
        load_robot(biped)


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("parts/right_leg.xml", r"robot\.xml: line 11: include: expected the file 'parts/right_leg\.xml' in \S*biped, found none; copy it there or correct"),
        ("parts/right_shank.xml", r"parts/right_leg\.xml: line 5: include: expected the file 'right_shank\.xml'"),
        ("meshes/shell.stl", r"robot\.xml: line 4: mesh 'shell': expected the file \S*biped/meshes/shell\.stl, found none; copy it"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told_with_the_line_that_asks_for_it(
    biped: Path, gone: str, message: str
) -> None:
    (biped / gone).unlink()
    with pytest.raises(RobotError, match=message):
        load_robot(biped)
    (biped / gone).symlink_to(biped / "nowhere")
    with pytest.raises(RobotError, match=message):
        load_robot(biped)


def test_a_mesh_that_an_included_file_misses_is_told_with_its_line(
    biped: Path, edit_file: EditFile
) -> None:
    cap = '<mujoco>\n<asset>\n<mesh name="cap" file="cap.stl"/></asset></mujoco>'
    (biped / "parts/shell.xml").write_text(cap)
    edit_file(biped / "robot.xml", "<worldbody>", '<include file="parts/shell.xml"/><worldbody>')
    with pytest.raises(
        RobotError, match=r"parts/shell\.xml: line 3: mesh 'cap': expected the file"
    ):
        load_robot(biped)


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("robot.xml", "parts/left_leg.xml"),
        ("robot.xml", "./parts/../parts/left_leg.xml"),
        ("robot.xml", "robot.xml"),
        (SHANK, "left_leg.xml"),
        (SHANK, "left_shank.xml"),
        (SHANK, "../robot.xml"),
    ],
)
def test_loops_and_repetitions_are_refused(
    biped: Path, edit_file: EditFile, file: str, again: str
) -> None:
    edit_file(biped / file, "</body>", f'<include file="{again}"/></body>')
    with pytest.raises(
        RobotError, match=r"line \d+: include: expected a file that is included once"
    ):
        load_robot(biped)


def test_a_loop_over_links_ends(biped: Path, edit_file: EditFile) -> None:
    (biped / "parts" / "loop").symlink_to(biped / "parts")
    edit_file(biped / SHANK, "</body>", '<include file="loop/left_shank.xml"/></body>')
    with pytest.raises(RobotError, match=r"left_shank.xml: line 8: include: .*found none"):
        load_robot(biped)


def test_a_body_without_mass_is_told_with_a_remedy(biped: Path, edit_file: EditFile) -> None:
    """As the links of many a URDF between two joints."""
    edit_file(
        biped / SHANK,
        '<body name="left_foot"',
        '<body name="left_gap"><joint name="gap" range="-1 1"/></body><body name="left_foot"',
    )
    with pytest.raises(RobotError, match=r"robot.xml: MuJoCo cannot compile.*inertial.*boundmass"):
        load_robot(biped)
