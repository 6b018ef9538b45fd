"""The bounded unpickler gives what Python's gives, and stops where that would not."""

import pickle
import random
import struct

import numpy as np
import pytest

from motionlib.containers import pickle_machine
from motionlib.containers.pickle_machine import BoundedUnpickler
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.errors import FormatError


def loads(content: bytes) -> object:
    unpickler = BoundedUnpickler(content, encoding="ASCII")
    value = unpickler.load()
    assert unpickler.position == len(content)
    return value


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_plain_values_are_those_of_python(protocol) -> None:
    value = {
        "a": [1, -1, 255, 65536, 1 << 70, -(1 << 70), 2.5, True, False, None],
        "b": ("text", "späße", b"bytes", bytearray(b"more"), "x" * 100_000),
        3: {1, "a", b"b"}, 2.5: frozenset({1}), None: {}, "shared": [[1]] * 3,
    }  # fmt: skip
    if protocol == 5:
        assert loads(pickle.dumps(value, protocol)) == value
    else:  # bytearrays are calls there, which nobody answers here
        value["b"] = value["b"][:3]
        if protocol == 2:
            value["b"], value[3] = value["b"][:2], 1
            del value[2.5]
        if protocol == 3:
            del value[3], value[2.5]
        assert loads(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x80\x02}K\x01\x85K\x01s.", "a tuple is a key"),
        (b"\x80\x02}(K\x01\x85K\x01u.", "a tuple is a key"),
        (b"\x80\x02(K\x01\x85K\x01d.", "a tuple is a key"),
        (b"\x80\x04\x8f(K\x01\x85\x90.", "a tuple is a key or in a set"),
        (b"\x80\x04(K\x01\x85\x91.", "a tuple is a key or in a set"),
        (b"\x80\x02}\x8a\x09" + b"\x01" * 9 + b"K\x01s.", "a int is a key"),
        (b"\x80\x02\x8b" + struct.pack("<i", 2000) + b"1" * 2000 + b".", "a number of 2000 bytes"),
        (b"\x80\x02\x8b" + struct.pack("<i", -1) + b".", "a number of -1 bytes"),
        (b"\x80\x02L" + b"1" * 2000 + b"L\n.", "thousands of digits"),
        (b"\x80\x02I" + b"1" * 2000 + b"\n.", "thousands of digits"),
        (b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b"abc.", "are announced"),
        (b"\x80\x02\x82\x01.", "extension code"),
        (b"\x80\x02(K\x01", "it has no end"),
    ],
)
def test_what_would_cost_too_much_is_refused(content, words) -> None:
    with pytest.raises(FormatError, match=words):
        load_restricted(content, origin="x")


def test_a_memo_number_makes_no_room() -> None:
    assert load_restricted(b"\x80\x02]r\xff\xff\xff\x7f.", origin="x") == []


def test_instructions_are_counted(monkeypatch) -> None:
    monkeypatch.setattr(pickle_machine, "MAX_PICKLE_STEPS", 100)
    assert len(loads(pickle.dumps([1] * 50, 2))) == 50
    with pytest.raises(pickle.UnpicklingError, match="more than 100 instructions"):
        loads(pickle.dumps([1] * 200, 2))


def test_copies_are_held_against_the_length(monkeypatch) -> None:
    monkeypatch.setattr(pickle_machine, "FREE_BYTES", 1000)
    value = np.zeros(1000)
    assert (load_restricted(pickle.dumps([value, value + 1], 4), origin="x")[1] == 1.0).all()
    long = b"(" + b"K\x01" * 1000 + b"lq\x00"
    calls = b"cbuiltins\nlist\nq\x01]q\x02(" + b"h\x01h\x00\x85R" * 1000 + b"e."
    with pytest.raises(FormatError, match="copies its own parts"):
        load_restricted(b"\x80\x02" + long + calls, origin="x")


def test_random_damage_is_refused_in_words() -> None:
    value = {"a": [np.arange(5.0), (1, 2.5)], "b": {"c": np.float32(1.0), "d": {1, 2}}}
    content = pickle.dumps(value, 4)
    draw, reasons = random.Random(0), []
    for _ in range(2000):
        damaged = bytearray(content)
        for _ in range(draw.randint(1, 4)):
            damaged[draw.randrange(2, len(damaged))] = draw.randrange(256)
        try:
            load_restricted(bytes(damaged), origin="x.pkl")
        except FormatError as error:
            reasons.append(str(error))
    assert len(reasons) > 500
    assert all(reason.startswith("x.pkl") for reason in reasons)
