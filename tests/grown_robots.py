"""The G1 with what people put on one: hands with fingers, grippers, toes, a neck; or without arms."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from motionlib.files import data_folder
from motionlib.robot import Robot
from motionlib.robots.files import load_robot

G1 = data_folder() / "robots" / "g1"
Link = tuple[str, str, str]
"""Name, place in the link before, axis."""


def links(*chain: Link, length: float = 0.03) -> str:
    """MJCF of bodies one in the other, each with a hinge and a thin capsule."""
    text = ""
    for name, pos, axis in reversed(chain):
        text = (
            f'<body name="{name}" pos="{pos}"><joint name="{name}_joint" axis="{axis}" '
            f'range="-1.2 1.2"/><geom type="capsule" class="visual" fromto="0 0 0 {length} 0 0" '
            f'size="0.008" mass="0.02"/>{text}</body>'
        )
    return text


def dexterous_hand(side: str, *, plain: bool = False) -> str:
    """Three fingers of seven joints, where Unitree's Dex3-1 has them; in numbers if `plain`."""
    y = 1.0 if side == "left" else -1.0
    fingers: Sequence[Sequence[Link]] = (
        (
            ("thumb_0", f"0.067 {0.003 * y} 0", "0 1 0"),
            ("thumb_1", f"-0.0025 {0.0193 * y} 0", "0 0 1"),
            ("thumb_2", f"0 {0.0458 * y} 0", "0 0 1"),
        ),
        (
            ("middle_0", f"0.1192 {0.0046 * y} -0.0285", "0 0 1"),
            ("middle_1", "0.0458 0 0", "0 0 1"),
        ),
        (("index_0", f"0.1192 {0.0046 * y} 0.0285", "0 0 1"), ("index_1", "0.0458 0 0", "0 0 1")),
    )
    text = ""
    for f, finger in enumerate(fingers):
        named = [
            (f"{side}_link_{f}{i}" if plain else f"{side}_hand_{name}_link", pos, axis)
            for i, (name, pos, axis) in enumerate(finger)
        ]
        text += links(*named)
    return text


def both_hands(*, plain: bool = False) -> dict[str, str]:
    """Dexterous hands for `grown_g1`."""
    return {
        f"{side}_wrist_yaw_link": dexterous_hand(side, plain=plain) for side in ("left", "right")
    }


def grown_g1(
    folder: Path,
    grown: Mapping[str, str],
    *,
    hands: str = "",
    edits: Mapping[str, str] | None = None,
    xml_edits: Mapping[str, str] | None = None,
) -> Robot:
    """The G1 with more bodies on it, written into a folder and read.

    Args:
        folder: For `robot.xml` and `robot.yaml`.
        grown: Body to MJCF that is put into it.
        hands: What its yaml says of `hand_bodies`; nothing if empty.
        edits: Patterns of the yaml, and what stands in their place.
        xml_edits: The same of the MJCF, before anything grows.
    """
    xml, text = (G1 / "robot.xml").read_text(), (G1 / "robot.yaml").read_text()
    for pattern, new in (xml_edits or {}).items():
        xml, count = re.subn(pattern, new, xml, flags=re.DOTALL)
        assert count, pattern
    for body, more in grown.items():
        xml, count = re.subn(rf'(<body name="{body}"[^>]*>)', rf"\1{more}", xml)
        assert count == 1, body
    text = re.sub(r"hand_bodies: .*", f"hand_bodies: {hands}" if hands else "", text)
    names = re.findall(r'<joint name="(\w+)"', "".join(grown.values()))
    if names:
        group = (
            f"    - {{joints: [{', '.join(names)}], stiffness: 2, damping: 0.1, effort_limit: 1,\n"
            "       velocity_limit: 20, action_scale: 0.1}\n"
        )
        text = text.replace("  beyondmimic:\n", f"  beyondmimic:\n{group}", 1)
    for pattern, new in (edits or {}).items():
        text, count = re.subn(pattern, new, text, flags=re.DOTALL)
        assert count, pattern
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "robot.xml").write_text(xml)
    (folder / "robot.yaml").write_text(text)
    return load_robot(folder / "robot.yaml")


_ARM = r'<body name="{}_shoulder_pitch_link".*?\n            </body>\n'
ARMLESS = {
    "xml_edits": {
        _ARM.format("left"): "",
        _ARM.format("right"): "",
        r"    <exclude [^\n]*(shoulder|elbow)[^\n]*\n": "",
    },
    "edits": {
        r"  - \w+_(shoulder|elbow|wrist)_\w+\n": "",
        r"  \w+_(shoulder|elbow)_\w*joint: [^\n]*\n": "",
        r"    - joints: \[\"\*_(shoulder|wrist)[^-]*?ratio: 0.25\n": "",
        r"  - \{name: \w+_rubber_hand[^\n]*\n": "",
    },
}
"""The G1 without arms, for `grown_g1`."""
