"""Objects of foreign classes are kept as records, and a pickle cannot make them do anything."""

import pickle
import sys
import types

import numpy as np
import pytest

from motionlib.containers.pickle_stand_ins import Inert
from motionlib.containers.restricted_pickle import load_restricted
from motionlib.errors import FormatError

ALLOWED = {("foreign", "Thing"): Inert}


@pytest.fixture
def foreign(monkeypatch):
    module = types.ModuleType("foreign")
    module.Thing = type("Thing", (), {"__module__": "foreign"})
    monkeypatch.setitem(sys.modules, "foreign", module)
    return module.Thing


def test_an_inert_object_keeps_its_state_and_class(foreign):
    thing = foreign()
    thing.numbers, thing.inner = np.arange(4.0), foreign()
    thing.inner.name = "deep"
    thing.itself = thing
    read = load_restricted(pickle.dumps(thing, protocol=2), origin="here", allowed=ALLOWED)
    assert isinstance(read, Inert)
    assert read.names == "foreign.Thing"
    np.testing.assert_array_equal(read.state["numbers"], np.arange(4.0))
    assert read.state["inner"].state == {"name": "deep"}
    assert read.state["itself"] is read


@pytest.mark.parametrize(
    "attack",
    [
        b"\x80\x02cforeign\nThing\n}X\x05\x00\x00\x00namesX\x01\x00\x00\x00xsb.",
        b"\x80\x02cforeign\nThing\n)\x81}X\x05\x00\x00\x00statecos\nsystem\nsb.",
        b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R.",
    ],
    ids=["change the class", "hide a function", "call a function"],
)
def test_a_pickle_cannot_reach_further(attack):
    with pytest.raises(FormatError):
        load_restricted(attack, origin="here", allowed=ALLOWED)
    assert Inert.names == ""


def test_bytes_of_python_2_are_numbers_in_latin1_alone():
    values = np.array([1.5, -2.0, 1e300])
    raw = values.tobytes()
    head = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
    dtype = b"cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    body = b"(K\x01K\x03\x85" + dtype + b"\x89U" + bytes([len(raw)]) + raw + b"tb."
    read = load_restricted(head + body, origin="here", encoding="latin1")
    np.testing.assert_array_equal(read, values)
    with pytest.raises(FormatError):
        load_restricted(head + body, origin="here")
