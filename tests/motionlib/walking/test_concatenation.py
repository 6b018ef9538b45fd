"""Choosing and joining walking references."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motionlib.errors import MotionError
from motionlib.motion import Provenance
from motionlib.walking.concatenation import (
    command_from_name,
    command_of_motion,
    concatenate,
    select_motions,
)


def grid(dxs, dys, dthetas):
    return {f"{x}_{y}_{t}": (x, y, t) for x in dxs for y in dys for t in dthetas}


SEVEN = grid(
    [-0.15, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2], [-0.2, -0.1, 0.0, 0.1, 0.2], [-1.0, 0.0, 1.0]
)


def test_edges_are_standing_and_six_extremes_in_order():
    assert select_motions(SEVEN, "edges") == [
        "0.0_0.0_0.0", "0.2_0.0_0.0", "-0.15_0.0_0.0", "0.0_0.2_0.0", "0.0_-0.2_0.0",
        "0.0_0.0_1.0", "0.0_0.0_-1.0",
    ]  # fmt: skip


def test_edges_drop_duplicates():
    assert select_motions({"only": (0.1, 0.0, 0.0)}, "edges") == ["only"]
    assert select_motions({"a": (0.1, 0.0, 0.0), "b": (0.3, 0.0, 0.0)}, "edges") == ["a", "b"]


def test_ties_go_to_the_smaller_rest_then_to_the_name():
    tied = {"z": (1.0, 0.1, 0.0), "y": (1.0, -0.1, 0.0), "x": (1.0, 0.3, 0.0), "o": (0.0, 0.0, 0.0)}
    assert select_motions(tied, "edges")[1] == "y"
    assert select_motions(tied | {"w": (1.0, 0.0, 0.2), "s": (0, 0, 2.0)}, "edges")[1] == "w"


def test_axes_are_divided_by_their_range():
    # dtheta spans 2 rad/s, dx .2 m/s: .1 rad/s is nearer to zero than .05 m/s
    known = {"turn": (0.0, 0.0, 0.1), "walk": (0.05, 0.0, 0.0), "a": (0.1, 0.0, 1.0),
             "b": (-0.1, 0.0, -1.0)}  # fmt: skip
    assert select_motions(known, "edges")[0] == "turn"


def test_grid_is_every_third_value_and_the_extremes():
    chosen = select_motions(SEVEN, "grid")
    expected = grid([-0.15, 0.0, 0.2], [-0.2, 0.1, 0.2], [-1.0, 1.0])
    assert chosen == list(expected)


def test_grid_takes_the_nearest_where_a_point_is_missing():
    known = dict(SEVEN)
    del known["0.2_0.1_1.0"]
    chosen = select_motions(known, "grid")
    # a step of dx costs .1 / .35, one of dy .1 / .4; of the two of dy the smaller command wins
    point = list(grid([-0.15, 0.0, 0.2], [-0.2, 0.1, 0.2], [-1.0, 1.0])).index("0.2_0.1_1.0")
    assert chosen[point] == "0.2_0.0_1.0"
    assert len(chosen) == 18


@given(st.randoms(use_true_random=False), st.sampled_from(["edges", "grid", "all"]))
def test_order_of_the_source_is_irrelevant(random, strategy):
    items = list(SEVEN.items())
    random.shuffle(items)
    assert select_motions(dict(items), strategy) == select_motions(SEVEN, strategy)


def test_all_rises_by_command():
    assert select_motions({"b": (0.1, 0, 0), "a": (0.1, 0, 0), "c": (-0.1, 0, 9)}, "all") == [
        "c", "a", "b",
    ]  # fmt: skip


def test_manual_is_as_given_and_checked():
    assert select_motions(SEVEN, "manual", names=["0.2_0.0_0.0", "0.0_0.0_0.0"]) == [
        "0.2_0.0_0.0", "0.0_0.0_0.0",
    ]  # fmt: skip
    with pytest.raises(MotionError, match=r"no motion '0\.0_0\.0_0'; nearest: .*0\.0_0\.0_0\.0"):
        select_motions(SEVEN, "manual", names=["0.0_0.0_0"])
    with pytest.raises(MotionError, match="named twice"):
        select_motions(SEVEN, "manual", names=["0.2_0.0_0.0", "0.2_0.0_0.0"])
    with pytest.raises(MotionError, match="needs the names"):
        select_motions(SEVEN, "manual")
    with pytest.raises(MotionError, match="ask for manual"):
        select_motions(SEVEN, "edges", names=["0.2_0.0_0.0"])
    with pytest.raises(MotionError, match="no motions"):
        select_motions({}, "all")


def test_command_comes_from_provenance_then_from_the_name(microduck, make_motion):
    motion = make_motion(microduck, name="0.1_0.0_-0.5")
    assert command_of_motion(motion) == (0.1, 0.0, -0.5)
    stated = Provenance(source="x", command=(0.3, 0.0, 0.0))
    assert command_of_motion(replace(motion, provenance=stated)) == (0.3, 0.0, 0.0)
    for name in ("walk", "0.1_0.2", "a_b_c"):
        with pytest.raises(MotionError, match="not dx_dy_dtheta"):
            command_from_name(name)


def test_concatenate_chooses_and_orders(microduck, make_motion):
    names = ["0.1_0.0_0.0", "0.0_0.0_0.0", "-0.1_0.0_0.0"]
    clips = [make_motion(microduck, frames=5, name=name) for name in names]
    assert [m.name for m in concatenate(clips)] == sorted(names)
    commanded = [
        replace(clip, provenance=Provenance(source="x", command=command_from_name(clip.name)))
        for clip in clips
    ]
    assert [m.name for m in concatenate(commanded)] == [names[2], names[1], names[0]]
    assert [m.name for m in concatenate(clips, "edges")] == [names[1], names[0], names[2]]
    assert concatenate(clips, "manual", names=names[:1]) == clips[:1]
    with pytest.raises(MotionError, match="used twice"):
        concatenate([clips[0], clips[0]])


def test_concatenate_blends_on_request(microduck, make_motion):
    clips = [make_motion(microduck, frames=30, name=name) for name in "abc"]
    names = [m.name for m in concatenate(clips, blend_s=0.4)]
    assert names == ["a", "transition:001:a>b", "b", "transition:002:b>c", "c"]
