from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
import torch

from motionlib.errors import MotionError
from motionlib.formats.protomotions.motion_lib import save_motion_lib
from motionlib.library import MotionLib, library_from_motions
from motionlib.motion import Motion
from motionlib.registry.opening import open_registry
from training.building import (
    build_env,
    build_evaluation_env,
    build_library,
    build_robot,
    device_of,
    find_motions,
)
from training.config import Experiment, MotionLibConfig, TerrainConfig
from training.envs.presets import small_biped_config
from training.kinds import member_of
from training.simulators.base import SimulatorConfig
from training.simulators.terrain import Terrain
from training.values import ConfigError


def experiment(lib: MotionLib, **changes: object) -> Experiment:
    plain = Experiment(name="x", robot=lib.robot.name, env=small_biped_config(), num_envs=3)
    return replace(plain, **changes)


def test_a_file_and_an_artifact_are_told_by_content(library_file: Path, motion_home: Path) -> None:
    version = open_registry("local").publish({"motion.pt": library_file}, name="walk")
    file = find_motions(MotionLibConfig(motion_file=str(library_file)))
    artifact = find_motions(MotionLibConfig(registry_name="walk:latest"))
    assert file.sha256 == artifact.sha256
    assert file.reference == ""
    assert artifact.reference == version.reference
    assert artifact.artifact_sha256 == version.sha256


def test_each_process_takes_its_shard(
    library_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for index in range(2):
        (tmp_path / f"x_{index}.pt").write_bytes(library_file.read_bytes())
    config = MotionLibConfig(motion_file=str(tmp_path / "x_slurmrank.pt"))
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank in range(2):
        monkeypatch.setenv("RANK", str(rank))
        assert find_motions(config).path == tmp_path / f"x_{rank}.pt"
    missing = MotionLibConfig(motion_file=str(tmp_path / "y_slurmrank.pt"))
    with pytest.raises(MotionError, match="found: none"):
        find_motions(missing)


def test_a_folder_changes_with_its_files(library_file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.motion").write_bytes(b"1")
    config = MotionLibConfig(motion_file=str(tmp_path))
    before = find_motions(config).sha256
    # what `motion convert` writes beside its clips
    (tmp_path / "reports").mkdir()
    (tmp_path / "notes.txt").touch()
    assert find_motions(config).sha256 == before
    (tmp_path / "a.motion").write_bytes(b"2")
    assert find_motions(config).sha256 != before


def test_an_artifact_with_two_candidates_is_refused(library_file: Path, motion_home: Path) -> None:
    files = {"a.pt": library_file, "b.pt": library_file}
    open_registry("local").publish(files, name="two")
    with pytest.raises(ConfigError, match=r"several \.pt files \(a\.pt, b\.pt\)"):
        find_motions(MotionLibConfig(registry_name="two"))
    with pytest.raises(ConfigError, match="--motion-file PATH or --registry-name"):
        find_motions(MotionLibConfig())


def test_a_file_of_an_artifact_is_taken_by_name(library_file: Path, motion_home: Path) -> None:
    files = {"train.pt": library_file, "test.pt": library_file, "a.npz": library_file}
    version = open_registry("local").publish(files, name="splits", metadata={"robot": "microduck"})
    asked = MotionLibConfig(registry_name="splits", registry_file="test.pt")
    found = find_motions(asked)
    assert found.path == version.path / "test.pt"
    assert found.facts is not None
    assert found.facts.robot == "microduck"
    assert found.name == f"{version.reference} test.pt"
    assert find_motions(MotionLibConfig(registry_name="splits")).path.name == "a.npz"
    message = r"no file 'tset\.pt' .*nearest: test\.pt.*; it holds: a\.npz, test\.pt, train\.pt"
    with pytest.raises(ConfigError, match=message):
        find_motions(replace(asked, registry_file="tset.pt"))


def test_an_experiment_of_any_robot_needs_one(small_lib: MotionLib) -> None:
    assert build_robot(experiment(small_lib)).name == "microduck"
    with pytest.raises(ConfigError, match="robot is ''; give --robot-name"):
        build_robot(experiment(small_lib, robot=""))


def test_one_frame_is_one_control_step(library_file: Path, small_lib: MotionLib) -> None:
    slow = SimulatorConfig(decimation=8)
    source = find_motions(MotionLibConfig(motion_file=str(library_file)))
    lib = build_library(source, small_lib.robot, experiment(small_lib, simulator=slow))
    assert lib.fps.tolist() == [25.0, 25.0]


def test_a_library_without_motion_is_refused(small_lib: MotionLib, tmp_path: Path) -> None:
    clip = small_lib.motion(0)
    frozen = Motion(
        name="frozen",
        robot=clip.robot,
        fps=50.0,
        root_pos=clip.root_pos[:1],
        root_quat_wxyz=clip.root_quat_wxyz[:1],
        dof_pos=clip.dof_pos[:1],
        provenance=clip.provenance,
    )
    path = tmp_path / "frozen.pt"
    save_motion_lib(path, library_from_motions([frozen]))
    source = find_motions(MotionLibConfig(motion_file=str(path)))
    with pytest.raises(MotionError, match="single frame"):
        build_library(source, small_lib.robot, experiment(small_lib))


def test_evaluation_is_quiet_and_training_is_not(small_lib: MotionLib) -> None:
    train = build_env(experiment(small_lib), small_lib, small_lib.robot)
    assert train.num_envs == 3
    assert not torch.equal(train.observe()["actor"], train.observe()["actor"])
    quiet = build_evaluation_env(experiment(small_lib), small_lib, small_lib.robot, num_envs=2)
    assert not quiet.auto_reset
    assert torch.equal(quiet.observe()["actor"], quiet.observe()["actor"])


@member_of(TerrainConfig)
@dataclass(frozen=True, slots=True, kw_only=True)
class Raised(TerrainConfig):
    kind: Literal["test_raised"] = "test_raised"

    def build(self) -> Terrain:
        return Terrain(heights=np.full((2, 2), 0.25), extent=(4.0, 4.0))


def test_the_simulator_stands_on_the_experiments_ground(small_lib: MotionLib) -> None:
    here = torch.zeros(1, 2)
    flat = build_env(experiment(small_lib), small_lib, small_lib.robot, num_envs=1)
    assert flat.sim.heights(here).tolist() == [0.0]
    raised = experiment(small_lib, terrain=Raised())
    for build in (build_env, build_evaluation_env):
        env = build(raised, small_lib, small_lib.robot, num_envs=1)
        assert env.sim.heights(here).item() == 0.25


def test_devices_are_known_or_refused() -> None:
    assert device_of("cpu") == torch.device("cpu")
    with pytest.raises(ConfigError, match="no device that torch knows"):
        device_of("warp9")


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA device")
def test_a_missing_cuda_device_is_said() -> None:
    with pytest.raises(ConfigError, match="sees no CUDA device; use --device cpu"):
        device_of("cuda")
