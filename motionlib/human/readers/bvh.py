"""BVH as a source of human motion: any skeleton that a joint-name map describes."""

from pathlib import Path

import numpy as np

from motionlib.human.clip import HumanClip
from motionlib.human.clip_facts import ClipFacts
from motionlib.human.readers.bvh_motion import fps_of, joint_poses, starts_with_rest_pose
from motionlib.human.readers.bvh_parser import BvhFile, parse_bvh
from motionlib.human.skeleton.joint_map import SkeletonMap, fitting_map, load_skeleton_map
from motionlib.human.skeleton.rest_pose import rest_pose_of
from motionlib.human.skeleton.transfer import transfer
from motionlib.human.skeleton.tree import Skeleton
from motionlib.robot import Robot

_FORMAT = "bvh"
_POSED_FRAME = "the first frame of the file is a posed one, put before the recording: left out"


def read_bvh(path: Path, robot: Robot, *, joint_map: SkeletonMap | Path | None = None) -> HumanClip:
    """Read one recording onto the tree of an SMPL-family robot.

    Up axis, unit, rest pose and facing are found out and stated in the clip's notes. A posed frame
    that an exporter put before the recording is left out.

    Args:
        path: The file.
        robot: Of the SMPL family; bodies that the map does not drive stay at rest.
        joint_map: Map, or a yaml with one; found by the joints' names if None.

    Raises:
        MotionError: No BVH, a broken file, an unknown skeleton, swapped sides, an absurd frame
            time, a value that is no finite number.
    """
    bvh = parse_bvh(path)
    fps = fps_of(bvh)
    asked = joint_map if isinstance(joint_map, SkeletonMap | None) else load_skeleton_map(joint_map)
    poses = joint_poses(bvh)
    skeleton = skeleton_of(bvh, asked)
    first = int(starts_with_rest_pose(bvh))
    rest = rest_pose_of(skeleton, poses.pos[first:], poses.quat_wxyz[first:])
    moved = transfer(skeleton, rest, poses.pos[first:], poses.quat_wxyz[first:], robot)
    columns = np.arange(3 * robot.num_bodies).reshape(-1, 3)
    columns[~moved.driven] = -1
    return HumanClip(
        fps=fps,
        root_pos=moved.root_pos,
        rotvec=moved.rotvec,
        columns=columns,
        root_post_quat_wxyz=np.array([1.0, 0.0, 0.0, 0.0]),
        format=_FORMAT,
        notes=(
            f"joint map {skeleton.map.name}",
            *rest.notes,
            *moved.notes,
            *_resting(moved.driven, robot),
            *(_POSED_FRAME,) * first,
        ),
    )


def probe_bvh(path: Path) -> ClipFacts:
    """What the head of a file says; of its frames, two are looked at.

    Raises:
        MotionError: No BVH, a broken head, an absurd frame time.
    """
    bvh = parse_bvh(path, head_only=True)
    frames = bvh.num_frames - starts_with_rest_pose(bvh)
    return ClipFacts(frames=frames, fps=fps_of(bvh), gender="", format=_FORMAT)


def skeleton_of(bvh: BvhFile, asked: SkeletonMap | None = None) -> Skeleton:
    """The file's tree with the map that fits it.

    Raises:
        MotionError: No map fits.
    """
    names = tuple(joint.name for joint in bvh.joints)
    return Skeleton(
        path=bvh.path,
        names=names,
        parents=tuple(joint.parent for joint in bvh.joints),
        offsets=_offsets(bvh),
        end_sites=bvh.end_sites,
        map=fitting_map(bvh.path, names, asked),
    )


def _offsets(bvh: BvhFile) -> np.ndarray:
    """(J, 3) OFFSETs; where one is zero and the joint has positions, their median."""
    offsets = np.array([joint.offset for joint in bvh.joints])
    for index, joint in enumerate(bvh.joints):
        moving = [(i, name) for i, name in enumerate(joint.channels) if name.endswith("position")]
        if joint.parent >= 0 and moving and not offsets[index].any():
            columns = [joint.first_channel + i for i, _ in moving]
            axes = ["XYZ".index(name[0]) for _, name in moving]
            offsets[index, axes] = np.median(bvh.values[:, columns], axis=0)
    return offsets


def _resting(driven: np.ndarray, robot: Robot) -> tuple[str, ...]:
    names = [name for name, on in zip(robot.body_names, driven, strict=True) if not on]
    return (f"no joint for {', '.join(names)}",) if names else ()
