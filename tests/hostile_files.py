"""Small files that ask for far more than they hold: memory, time, or the reader's whole run."""

# ruff: noqa: PLW0108 - a file is made when it is asked for, not when this is imported

import io
import json
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from tests.joblib_writing import joblib_bytes

BVH = """HIERARCHY
ROOT Hips
{
OFFSET 0 0 0
CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
End Site
{
OFFSET 0 1 0
}
}
MOTION
Frames: 2
Frame Time: 0.0333333
1 2 3 4 5 6
1 2 3 4 5 6
"""
MANY = 20_000


def recording(**changes: object) -> dict[str, object]:
    """Arrays of a short AMASS recording; a change of None leaves one out."""
    rng = np.random.default_rng(0)
    arrays: dict[str, object] = {
        "poses": rng.normal(size=(60, 156)) * 0.1,
        "trans": np.tile([0.0, 0.0, 1.0], (60, 1)),
        "betas": np.zeros(16),
        "gender": np.array("male"),
        "mocap_framerate": np.array(60.0),
        **changes,
    }
    return {name: value for name, value in arrays.items() if value is not None}


def npz(**arrays: object) -> bytes:
    """A zip of arrays, as numpy writes it."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def zipped(members: Mapping[str, bytes], *, packed: bool = True) -> bytes:
    """A zip of any members."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def array(header: str, content: bytes = b"") -> bytes:
    """A numpy array's file with any header."""
    text = header.encode()
    return b"\x93NUMPY\x02\x00" + struct.pack("<I", len(text)) + text + content


def header_of(shape: str, descr: str = "'<f8'") -> str:
    return f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n"


def with_member(name: str, content: bytes, *, packed: bool = True, **arrays: object) -> bytes:
    """A recording with one member replaced."""
    members = {}
    for key, value in recording(**arrays, **{name: None}).items():
        buffer = io.BytesIO()
        np.save(buffer, value)  # type: ignore[arg-type]
        members[f"{key}.npy"] = buffer.getvalue()
    return zipped({**members, f"{name}.npy": content}, packed=packed)


def overlapping(count: int) -> bytes:
    """A zip whose members all lie at one place."""
    raw = zipped({"poses.npy": array(header_of("(8000,)"), bytes(64000))}, packed=False)
    place = raw.index(b"PK\x01\x02")
    end = raw.index(b"PK\x05\x06")
    line = raw[place:end]
    lines = b"".join(line.replace(b"poses", f"p{n:04d}".encode()) for n in range(count))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(lines), place, 0)
    return raw[:place] + lines + tail


# pickles, written by hand where Python would not write them


def pickled(value: object) -> bytes:
    return pickle.dumps(value, protocol=4)


def nested_tuples(depth: int) -> bytes:
    """A key that refers to itself twice in each of its levels: its hash takes 2**depth steps."""
    return b"\x80\x02}K\x01" + b"2\x86" * depth + b"K\x01s."


def deep_tuples(depth: int) -> bytes:
    return b"\x80\x02}K\x01" + b"\x85" * depth + b"K\x01s."


def copies(count: int, size: int, call: bytes) -> bytes:
    """One long list, and a great many copies of it."""
    long = b"(" + b"K\x01" * size + b"lq\x00"
    one = call + b"q\x01"
    return b"\x80\x02" + long + b"0" + one + b"0]q\x02(" + b"h\x01h\x00\x85R" * count + b"e."


def array_copies(count: int, size: int) -> bytes:
    """One long run of bytes, and a great many arrays of it."""
    stored = b"B" + struct.pack("<I", size) + bytes(size) + b"q\x00"
    kind = b"cnumpy\ndtype\nX\x02\x00\x00\x00f8\x85Rq\x01"
    shape = b"J" + struct.pack("<i", size // 8) + b"\x85q\x03"
    call = b"cnumpy.core.numeric\n_frombuffer\nq\x02"
    one = b"h\x02(h\x00h\x01h\x03X\x01\x00\x00\x00CtR"
    head = b"\x80\x03" + b"0".join((stored, kind, shape, call))
    return head + b"0](" + one * count + b"e."


def same_hashes(count: int) -> bytes:
    """Whole numbers with one hash: each is compared with all before it."""
    modulus = (1 << 61) - 1
    keys = (_number(modulus * (number + 1)) + b"K\x00" for number in range(count))
    return b"\x80\x02}(" + b"".join(keys) + b"u."


def shared_lists(depth: int) -> object:
    value: object = ["x"]
    for _ in range(depth):
        value = [value, value]
    return value


PICKLES: Mapping[str, Callable[[], bytes]] = {
    "memo_number": lambda: b"\x80\x02]r\xff\xff\xff\x1f.",
    "hash_without_end": lambda: nested_tuples(60),
    "hash_of_a_deep_tuple": lambda: deep_tuples(300_000),
    "set_without_end": lambda: b"\x80\x04\x8f(K\x01" + b"2\x86" * 60 + b"\x90.",
    "frozen_set_without_end": lambda: b"\x80\x04(K\x01" + b"2\x86" * 60 + b"\x91.",
    "set_called": lambda: b"\x80\x02cbuiltins\nset\n]K\x01" + b"2\x86" * 60 + b"a\x85R.",
    "dict_called": lambda: b"\x80\x02cbuiltins\ndict\n]K\x01" + b"2\x86" * 60 + b"K\x01\x86a\x85R.",
    "same_hashes": lambda: same_hashes(30_000),
    "list_copies": lambda: copies(30_000, 100_000, b"cbuiltins\nlist\n"),
    "tuple_copies": lambda: copies(30_000, 100_000, b"cbuiltins\ntuple\n"),
    "array_copies": lambda: array_copies(30_000, 1_000_000),
    "bytearray": lambda: b"\x80\x05\x96" + struct.pack("<Q", 1 << 35) + b".",
    "frame": lambda: b"\x80\x04\x95" + struct.pack("<Q", 1 << 40) + b".",
    "long_number": lambda: (
        b"\x80\x02\x8b" + struct.pack("<i", 1_000_000) + b"\x7f" * 1_000_000 + b"."
    ),
    "long_text_number": lambda: b"\x80\x02L" + b"9" * 1_000_000 + b"L\n.",
    "hex_number": lambda: b"\x80\x02}X\x01\x00\x00\x00aL0x" + b"f" * 1_000_000 + b"L\ns.",
    "shared_lists": lambda: pickled({"0_0_0": shared_lists(30)}),
    "deep_list": lambda: b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b".",
    "classes": lambda: b"\x80\x02](" + b"cscipy.sparse.csc\ncsc_matrix\n" * 50_000 + b"e.",
    "extension": lambda: b"\x80\x02\x82\x01.",
    "joblib_array_of_2**60": lambda: joblib_bytes({"a": np.zeros(2)}).replace(
        b"K\x02\x85", b"\x8a\x08" + b"\xff" * 7 + b"\x0f\x85"
    ),
    "array_of_2**60": lambda: pickled(np.zeros(2)).replace(
        b"K\x02\x85", b"\x8a\x08" + b"\xff" * 7 + b"\x0f\x85"
    ),
}


def object_array(content: bytes) -> bytes:
    return array(header_of("()", "'|O'"), content)


# recordings: `X_poses.npz`

RECORDINGS: Mapping[str, Callable[[], bytes]] = {
    "betas_empty": lambda: npz(**recording(betas=np.zeros(0))),
    "betas_five_of_none": lambda: npz(**recording(betas=np.zeros((5, 0)))),
    "betas_none_of_five": lambda: npz(**recording(betas=np.zeros((0, 5)))),
    "betas_many": lambda: npz(**recording(betas=np.zeros((1, 100_000)))),
    "betas_four_axes": lambda: npz(**recording(betas=np.zeros((2, 0, 3, 4)))),
    "betas_objects": lambda: npz(**recording(betas=np.array([None, {}], dtype=object))),
    "betas_text": lambda: npz(**recording(betas=np.array(["a", "b"]))),
    "betas_complex": lambda: npz(**recording(betas=np.zeros(3, complex))),
    "poses_scalar": lambda: npz(**recording(poses=np.float64(1.0))),
    "poses_no_frames": lambda: npz(**recording(poses=np.zeros((0, 156)), trans=np.zeros((0, 3)))),
    "poses_no_columns": lambda: npz(**recording(poses=np.zeros((60, 0)))),
    "poses_three_axes": lambda: npz(**recording(poses=np.zeros((60, 52, 3)))),
    "poses_objects": lambda: npz(**recording(poses=np.array([[1.0], None], dtype=object))),
    "poses_whole_numbers": lambda: npz(**recording(poses=np.zeros((60, 156), np.int64))),
    "poses_infinite": lambda: npz(**recording(poses=np.full((60, 156), np.inf))),
    "poses_enormous": lambda: npz(**recording(poses=np.full((60, 156), 1e308))),
    "trans_other_length": lambda: npz(**recording(trans=np.zeros((7, 3)))),
    "trans_two_columns": lambda: npz(**recording(trans=np.zeros((60, 2)))),
    "trans_enormous": lambda: npz(**recording(trans=np.full((60, 3), 1e300))),
    "trans_missing": lambda: npz(**recording(trans=None)),
    "rate_two": lambda: npz(**recording(mocap_framerate=np.array([60.0, 60.0]))),
    "rate_none": lambda: npz(**recording(mocap_framerate=np.zeros(0))),
    "rate_nan": lambda: npz(**recording(mocap_framerate=np.array(np.nan))),
    "rate_text": lambda: npz(**recording(mocap_framerate=np.array("9" * 10_000))),
    "rate_complex": lambda: npz(**recording(mocap_framerate=np.array(60j))),
    "rate_date": lambda: npz(**recording(mocap_framerate=np.array("2020-01-01", "M8[s]"))),
    "rate_enormous": lambda: npz(**recording(mocap_framerate=np.array(10**400, dtype=object))),
    "rate_object": lambda: npz(**recording(mocap_framerate=np.array({"a": 1}, dtype=object))),
    "rate_memo_number": lambda: with_member(
        "mocap_framerate", object_array(PICKLES["memo_number"]())
    ),
    "gender_hash": lambda: with_member("gender", object_array(nested_tuples(60))),
    "huge_shape": lambda: with_member("poses", array(header_of("(1000000000000, 156)"))),
    "negative_shape": lambda: with_member("poses", array(header_of("(-5, 156)"))),
    "shape_of_5000_digits": lambda: with_member("poses", array(header_of(f"({'9' * 5000},)"))),
    "shape_of_none": lambda: with_member("poses", array(header_of("(0, 99999999999999999999)"))),
    "shape_of_60_axes": lambda: with_member("poses", array(header_of(f"({'1, ' * 60})"))),
    "shape_of_fractions": lambda: with_member("poses", array(header_of("(1.5, 2)"))),
    "items_without_bytes": lambda: with_member("poses", array(header_of("(10**9,)", "'<U0'"))),
    "items_of_gigabytes": lambda: with_member("poses", array(header_of("()", "'<U1000000000'"))),
    "items_repeated": lambda: with_member("poses", array(header_of("(2,)", "'(9,9,9)f8'"))),
    "header_with_code": lambda: with_member("poses", array("__import__('os').abort()")),
    "header_nested": lambda: with_member("poses", array("[" * 9000)),
    "header_of_signs": lambda: with_member("poses", array("-" * 9000 + "1")),
    "header_of_gigabytes": lambda: with_member(
        "poses", b"\x93NUMPY\x02\x00" + struct.pack("<I", 1 << 31)
    ),
    "zip_bomb": lambda: with_member(
        "poses", array(header_of("(40000, 156)"), bytes(40000 * 156 * 8))
    ),
    "many_bombs": lambda: zipped(
        {f"a{n}.npy": array(header_of("(1000000,)"), bytes(8_000_000)) for n in range(12)}
    ),
    "many_members": lambda: zipped({f"a{n}": b"" for n in range(60_000)}, packed=False),
    "overlapping": lambda: overlapping(5000),
    "cut_off": lambda: npz(**recording())[:40_000],
    "text": lambda: b"not a zip at all",
    "empty": lambda: b"",
}


def _bvh(old: str, new: str) -> bytes:
    assert old in BVH
    return BVH.replace(old, new).encode()


def _joints(
    names: list[str], *, deep: bool, channels: str = "CHANNELS 3 Zrotation Xrotation Yrotation"
) -> bytes:
    opened = [f"JOINT {name}\n{{\nOFFSET 0 1 0\n{channels}\n" for name in names]
    text = "".join(opened) + "}\n" * len(names) if deep else "}\n".join(opened) + "}\n"
    return _bvh("End Site", text + "End Site")


def _unmoved() -> bytes:
    """A thousand joints, one channel, and very many short rows."""
    joints = _joints([f"j{n}" for n in range(1000)], deep=False, channels="").decode()
    one = joints.replace(
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation",
        "CHANNELS 1 Zrotation",
    )
    head = one[: one.index("Frames")]
    return (head + "Frames: 500000\nFrame Time: 0.03\n" + "1\n" * 500_000).encode()


# recordings: `X.bvh`

BVHS: Mapping[str, Callable[[], bytes]] = {
    "frames_of_5000_digits": lambda: _bvh("Frames: 2", "Frames: " + "9" * 5000),
    "frames_enormous": lambda: _bvh("Frames: 2", "Frames: 999999999999"),
    "frames_1e5000": lambda: _bvh("Frames: 2", "Frames: 1e5000"),
    "frames_negative": lambda: _bvh("Frames: 2", "Frames: -2"),
    "frame_time_nan": lambda: _bvh("0.0333333", "nan"),
    "frame_time_infinite": lambda: _bvh("0.0333333", "inf"),
    "frame_time_zeros": lambda: _bvh("0.0333333", "0.0333333e" + "0" * 5000 + "1"),
    "frame_time_digits": lambda: _bvh("0.0333333", "0." + "3" * 1_000_000),
    "numbers_infinite": lambda: _bvh("1 2 3 4 5 6\n", "1e999 2 3 4 5 6\n"),
    "joints_side_by_side": lambda: _joints([f"j{n}" for n in range(MANY)], deep=False),
    "joints_in_a_chain": lambda: _joints([f"j{n}" for n in range(MANY)], deep=True),
    "joints_in_a_long_chain": lambda: _joints([f"j{n}" for n in range(1000)], deep=True),
    "joints_of_long_names": lambda: _joints(["j" * 5_000_000], deep=True),
    "joints_unmoved": _unmoved,
    "channels": lambda: _bvh("CHANNELS 6 X", f"CHANNELS {MANY} " + "Xposition " * MANY + " X"),
    "channels_of_5000_digits": lambda: _bvh("CHANNELS 6", "CHANNELS " + "6" * 5000),
    "no_channels": lambda: _bvh(
        "CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n", ""
    ),
    "offset_infinite": lambda: _bvh("OFFSET 0 0 0", "OFFSET 1e999 0 0"),
    "offset_enormous": lambda: _bvh("OFFSET 0 1 0", "OFFSET 1e300 1e300 1e300"),
    "braces": lambda: _bvh("End Site", "{" * 3_000_000 + "End Site"),
    "long_line": lambda: _bvh("1 2 3 4 5 6\n", "1 " * 3_000_000 + "\n"),
    "short_numbers": lambda: _bvh("1 2 3 4 5 6\n1 2 3 4 5 6\n", "1 2 3 4 5 x\n" * 300_000),
    "blank_lines": lambda: _bvh("End Site", "\n" * 5_000_000 + "End Site"),
    "no_text": lambda: bytes(range(256)) * 1000,
}


# torch files: `X.pt` and `X.motion`


def torch_zip(code: bytes, storages: Mapping[str, bytes], *, packed: bool = False) -> bytes:
    """A file as torch writes it, with any pickle in it."""
    members = {"archive/data.pkl": code, "archive/byteorder": b"little"}
    members |= {f"archive/data/{key}": content for key, content in storages.items()}
    return zipped({**members, "archive/version": b"3\n"}, packed=packed)


def _number(value: int) -> bytes:
    content = value.to_bytes((value.bit_length() + 8) // 8, "little", signed=True)
    return b"\x8a" + bytes([len(content)]) + content


def _text(value: str) -> bytes:
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def _tuple(items: list[bytes]) -> bytes:
    return b"(" + b"".join(items) + b"t"


def torch_tensor(
    shape: list[int],
    strides: list[int],
    *,
    offset: int = 0,
    count: int = 1,
    rebuild: str = "_rebuild_tensor_v2",
) -> bytes:
    """The pickle of a tensor as torch writes it, with any numbers in it."""
    storage = _tuple(
        [_text("storage"), b"ctorch\nFloatStorage\n", _text("0"), _text("cpu"), _number(count)]
    )
    axes = [_tuple([_number(each) for each in group]) for group in (shape, strides)]
    hooks = b"ccollections\nOrderedDict\n)R"
    arguments = _tuple([storage + b"Q", _number(offset), *axes, b"\x89", hooks])
    return b"ctorch._utils\n" + rebuild.encode() + b"\n" + arguments + b"R"


KEYS = ("gts", "grs", "gvs", "gavs", "dps", "dvs")


def library(tensor: bytes) -> bytes:
    """The pickle of a packed library all of whose tensors are one."""
    table = b"".join(
        _text(key) + torch_tensor([1], [1])
        for key in ("length_starts", "motion_num_frames", "motion_dt")
    )
    return b"\x80\x02}(" + b"".join(_text(key) + tensor for key in KEYS) + table + b"u."


_ONE = {"0": struct.pack("<f", 1.0)}

TORCH_FILES: Mapping[str, Callable[[], bytes]] = {
    "stride_0": lambda: torch_zip(library(torch_tensor([2_000_000_000, 1, 3], [0, 0, 0])), _ONE),
    "stride_overlapping": lambda: torch_zip(
        library(torch_tensor([30_000, 30_000], [1, 1], count=60_000)), {"0": bytes(240_000)}
    ),
    "stride_enormous": lambda: torch_zip(library(torch_tensor([2, 1, 3], [1 << 62, 1, 1])), _ONE),
    "offset_enormous": lambda: torch_zip(library(torch_tensor([1], [1], offset=1 << 62)), _ONE),
    "offset_negative": lambda: torch_zip(library(torch_tensor([1], [1], offset=-1)), _ONE),
    "shape_negative": lambda: torch_zip(library(torch_tensor([-1, 1, 3], [3, 3, 1])), _ONE),
    "shape_of_none": lambda: torch_zip(library(torch_tensor([0, 1 << 50], [1, 1])), _ONE),
    "shape_of_100_axes": lambda: torch_zip(library(torch_tensor([1] * 100, [1] * 100)), _ONE),
    "shape_of_500_digits": lambda: torch_zip(library(torch_tensor([1 << 1600, 3], [1, 1])), _ONE),
    "storage_enormous": lambda: torch_zip(
        library(torch_tensor([1 << 40], [1], count=1 << 40)), _ONE
    ),
    "storage_missing": lambda: torch_zip(library(torch_tensor([1], [1])), {}),
    "sparse": lambda: torch_zip(
        library(torch_tensor([1], [1], rebuild="_rebuild_sparse_tensor")), _ONE
    ),
    "quantized": lambda: torch_zip(
        library(torch_tensor([1], [1], rebuild="_rebuild_qtensor")), _ONE
    ),
    "nested": lambda: torch_zip(
        library(torch_tensor([1], [1], rebuild="_rebuild_nested_tensor")), _ONE
    ),
    "bomb": lambda: torch_zip(
        library(torch_tensor([4_000_000, 1, 3], [3, 3, 1], count=12_000_000)),
        {"0": bytes(48_000_000)},
        packed=True,
    ),
    "class_as_value": lambda: torch_zip(b"\x80\x02}X\x01\x00\x00\x00actorch\nFloatStorage\ns.", {}),
    "two_pickles": lambda: zipped({"a/data.pkl": b"\x80\x02}.", "b/data.pkl": b"\x80\x02}."}),
    "no_pickle": lambda: zipped({"a/version": b"3"}),
    "cut_off": lambda: torch_zip(library(torch_tensor([1], [1])), _ONE)[:-30],
}

# yaml, whoever reads it

LAUGHS = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{name}: &{name} [{','.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
MERGES = "a: &a {k: 1}\n" + "".join(
    f"{name}: &{name}\n  <<: [{', '.join([f'*{before}'] * 10)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
YAMLS: Mapping[str, Callable[[], bytes]] = {
    "laughs": lambda: (LAUGHS + "motions:\n - *i\nname: *i\nsource: *i\njoints: *i\n").encode(),
    "laughs_alone": lambda: (
        "".join(f"- {line.split(': ')[1]}\n" for line in LAUGHS.splitlines())
    ).encode(),
    "merges": lambda: MERGES.encode(),
    "circle": lambda: b"motions: &a\n- *a\n",
    "deep": lambda: b"motions: " + b"[" * 100_000 + b"]" * 100_000,
    "deep_mappings": lambda: b"{a: " * 100_000,
    "number_of_5000_digits": lambda: b"motions: " + b"9" * 5000,
    "number_in_minutes": lambda: b"motions: " + b":".join([b"1"] * 300_000),
    "number_tagged": lambda: b'motions: !!int "' + b":".join([b"1"] * 300_000) + b'"',
    "keys_of_one_hash": lambda: b"".join(
        b"%d: 0\n" % (((1 << 61) - 1) * n) for n in range(1, 50_000)
    ),
    "keys": lambda: b"".join(b"k%d: 0\n" % number for number in range(30_000)),
    "key_of_a_list": lambda: b"? [1, 2]\n: 3\n",
    "date": lambda: b"motions: 2020-99-99\n",
    "code": lambda: b"motions: !!python/object/apply:os.abort []\n",
    "long_line": lambda: b"motions: " + b"x" * 5_000_000,
    "no_text": lambda: b"\xff\xfe\x00" * 1000,
    "escape": lambda: b"motions: \x1b[31m\n",
}

# models of robots: MJCF

_MJCF = '<mujoco><worldbody><body name="a">%s</body></worldbody>%s</mujoco>'

MODELS: Mapping[str, Callable[[], bytes]] = {
    "entities": lambda: (
        '<!DOCTYPE a [<!ENTITY a0 "lol">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        + "]><mujoco>&a11;</mujoco>"
    ).encode(),
    "deep": lambda: (_MJCF % ("<body>" * 50_000 + "</body>" * 50_000, "")).encode(),
    "bodies": lambda: (_MJCF % ("<body/>" * MANY, "")).encode(),
    "replicated": lambda: (_MJCF % ('<replicate count="9999999"><body/></replicate>', "")).encode(),
    "replicated_twice": lambda: (
        _MJCF % ('<replicate count="5000">' * 5 + "<body/>" + "</replicate>" * 5, "")
    ).encode(),
    "height_field": lambda: (
        _MJCF % ("", '<asset><hfield name="h" nrow="100000" ncol="100000" size="1 1 1 1"/></asset>')
    ).encode(),
    "texture": lambda: (
        _MJCF
        % ("", '<asset><texture type="2d" builtin="flat" width="99999" height="99999"/></asset>')
    ).encode(),
    "flexes": lambda: (
        _MJCF % ('<flexcomp name="f" type="grid" count="999 999 999"/>', "")
    ).encode(),
    "numbers": lambda: (
        _MJCF % ("", '<custom><numeric name="n" size="999999999" data="0"/></custom>')
    ).encode(),
    "no_xml": lambda: b"\x00\x01\x02" * 100,
    "empty": lambda: b"",
}

# trajectories: CSV

TABLES: Mapping[str, Callable[[], bytes]] = {
    "long_line": lambda: b"0," * 10_000_000,
    "long_cell": lambda: b"0" * 15_000_000,
    "columns": lambda: b",".join([b"1"] * 1_000_000) + b"\n",
    "digits": lambda: b"9" * 5000 + b",1\n",
    "no_text": lambda: b"\xff\xfe" * 1000,
    "empty": lambda: b"",
}


def issue_list_bomb() -> bytes:
    """A packed pickle: 30 kB that become 30 MB of a list, and on."""
    return zlib.compress(b"\x80\x02(" + b"K\x01" * 10_000_000 + b"l.", 9)


def deep_json() -> bytes:
    return json.dumps({"a": {"issue": "sitting"}}).encode()[:-1] + b', "b": ' + b"[" * 200_000


def write_all(folder: Path, files: Mapping[str, Callable[[], bytes]], ending: str) -> list[Path]:
    """Write every file of a table; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, make in files.items():
        path = folder / f"{name}{ending}"
        path.write_bytes(make())
        paths.append(path)
    return paths
