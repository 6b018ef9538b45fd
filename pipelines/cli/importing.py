"""`motion import`: trajectories and human recordings of others become clips on a robot."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from tyro.conf import Positional

from motionlib.boundary import reason_of
from motionlib.errors import MotionError
from motionlib.showing import counted
from pipelines.cli.import_readers import ImportOptions, folder_suffixes, read_import
from pipelines.cli.terminal import Rejected, note, progress, report_rejected

if TYPE_CHECKING:
    from motionlib.motion import Motion
    from motionlib.robot import Robot


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """Import robot trajectories (.csv, .npz, .pkl, .pt) or human recordings (.bvh, AMASS .npz).

    A robot's .npz is told by its arrays: whole_body_tracking's and mjlab's, holosoma's,
    loco-mujoco's, OmniRetarget's, Isaac Lab's humanoid_amp, root and joints by name, and
    ProtoMotions' *_retargeted.npz with its contacts. A .pkl is GMR's, ASAP's, PHC's or MimicKit's,
    a .pt the same or a packed library; they are read, never run. A .motion is ProtoMotions', a .npy
    its keypoints or a skeleton motion of its second version.

    CSV: columns are found by the names in a header, units and times among them; without one: root
    position in m, root quaternion, joint angles in rad, in the robot's order. Human recordings become clips of
    a humanoid of the SMPL family, such as --robot smpl. A file that cannot be used is left out,
    with its reason, and the exit status is 1.
    """

    sources: Positional[tuple[Path, ...]]
    """Files, or folders of them."""
    robot: str
    """Name (see `motion robot list`) or path of a robot.yaml."""
    output: Path
    """A .pt (MotionLib), a .npz (all clips in one), or a folder (one .npz for each clip)."""
    fps: float | None = None
    """Rate of a file that states none; 30 for a .csv if left out."""
    quat_order: Literal["wxyz", "xyzw"] | None = None
    """Order of the root's quaternion where no name says it: in a .csv without a header, a .npz or .pt
    of root and joints, a .pkl that is not xyzw. wxyz: Kimodo. xyzw: Unitree, mjlab. Detected if
    left out; an error where it is ambiguous."""
    floor: Literal["shift", "keep"] = "shift"
    """Height of each clip. shift: moved as a whole so that the floor its feet stand on is the ground,
    unless it is within millimetres; the clip's provenance says by how much. keep: as recorded."""
    output_fps: float | None = None
    """Resample every clip to this rate."""
    accept_implausible: bool = False
    """Import also what cannot be true, such as joints in degrees; it is told and stands in the
    clip's provenance."""
    joint_map: Path | None = None
    """Yaml that says which joint of a .bvh drives which body; found by the joints' names if left
    out (see data/yaml_files/bvh)."""

    def run(self) -> int:
        """Import; 1 if any file was left out."""
        from motionlib.robots.files import load_robot

        robot = load_robot(self.robot)
        motions: list[Motion] = []
        rejected: list[Rejected] = []
        options = ImportOptions(
            fps=self.fps,
            quat_order=self.quat_order,
            floor=self.floor,
            output_fps=self.output_fps,
            joint_map=self.joint_map,
            accept_implausible=self.accept_implausible,
        )
        for path in progress(self._files(robot), "importing"):
            try:
                motions += read_import(path, robot, options)
            except Exception as error:  # noqa: BLE001 - what one file brings about is its own fate
                rejected.append(
                    Rejected(name=path.name, reason=reason_of(error, path.name, where=str(path)))
                )
        if not motions:
            raise MotionError(rejected[0].reason)
        _tell_doubts(motions)
        self._save(motions)
        note(f"{counted(len(motions), 'clip')} of {robot.name} in {self.output}")
        return report_rejected(rejected, self.output)

    def _files(self, robot: "Robot") -> list[Path]:
        suffixes = folder_suffixes(robot)
        files: list[Path] = []
        for path in self.sources:
            found = sorted(path.iterdir()) if path.is_dir() else []
            found = [each for each in found if each.suffix.lower() in suffixes]
            files += found if path.is_dir() else [path]
        if not files:
            where = ", ".join(map(str, self.sources)) or "nothing named"
            raise MotionError(
                f"{where}: no {', '.join(suffixes)} files there; name files or folders of them"
            )
        return files

    def _save(self, motions: "list[Motion]") -> None:
        from motionlib.formats.beyondmimic import save_npz
        from motionlib.formats.protomotions.motion_lib import save_motion_lib
        from motionlib.library import library_from_motions

        # the library also refuses two clips of one name, before anything is written
        library = library_from_motions(motions, velocity_rule="forward_min3")
        if self.output.suffix == ".pt":
            save_motion_lib(self.output, library)
        elif self.output.suffix == ".npz":
            save_npz(self.output, motions)
        else:
            for motion in progress(motions, "writing"):
                save_npz(self.output / f"{motion.name}.npz", [motion])


def _tell_doubts(motions: "list[Motion]") -> None:
    from motionlib.plausibility import doubts_of

    for motion in motions:
        for doubt in doubts_of(motion):
            note(f"{motion.name}: {doubt}")
