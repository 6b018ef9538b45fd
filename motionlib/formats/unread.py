"""Files that nobody here reads, by suffix: what they are, and what to make of them."""

from pathlib import Path

_TO_BVH = "export it as .bvh (Blender: import it, then File, Export, Motion Capture)"
_TO_NPZ = (
    "write root_pos (T, 3) m, root_quat_wxyz (T, 4), joint_pos (T, J) rad, joint_names and fps with "
    "numpy.savez, or as .csv with a header"
)
_UNPACK = "unpack it and name what is in it"
_UNREAD = {
    **dict.fromkeys((".fbx", ".glb", ".gltf", ".vrm", ".dae", ".blend"), ("a scene", _TO_BVH)),
    **dict.fromkeys((".usd", ".usda", ".usdc", ".usdz"), ("a scene of USD", _TO_BVH)),
    **dict.fromkeys(
        (".asf", ".amc"),
        ("Acclaim's skeleton or motion", "take CMU's recordings as .bvh or from AMASS"),
    ),
    **dict.fromkeys(
        (".c3d", ".trc", ".tak", ".mcp"),
        ("markers without a skeleton", "export the solved skeleton as .bvh"),
    ),
    **dict.fromkeys((".h5", ".hdf5", ".mat", ".parquet", ".arrow"), ("a table of arrays", _TO_NPZ)),
    **dict.fromkeys((".bag", ".mcap", ".db3"), ("a robot's log", _TO_NPZ)),
    **dict.fromkeys((".json", ".txt", ".tsv"), ("a text", _TO_NPZ)),
    **dict.fromkeys((".pth", ".ckpt", ".onnx", ".safetensors"), ("weights of a network", "")),
    **dict.fromkeys((".zip", ".tar", ".gz", ".tgz", ".7z", ".rar", ".bz2", ".xz"), ("packed", _UNPACK)),
    **dict.fromkeys((".xml", ".mjcf", ".urdf", ".xacro"), ("a robot's model", "")),
    **dict.fromkeys((".yaml", ".yml"), ("a description", "")),
    **dict.fromkeys((".mp4", ".avi", ".mov", ".gif"), ("a video", "")),
}  # fmt: skip


def unread_note(path: Path) -> str:
    """What a file is by its suffix and what to do with it; what its suffix is if that says nothing."""
    suffix = Path(path).suffix.lower()
    what, remedy = _UNREAD.get(suffix, ("", ""))
    if not what:
        return f"suffix {suffix[:20]!r} is of no format known here" if suffix else "has no suffix"
    meant = f"{suffix} is {what}, which is not read as a motion"
    return f"{meant}; {remedy}" if remedy else meant
