"""Libraries keep clips apart, sample between frames and resample exactly."""

from collections.abc import Callable

import pytest
import torch

from motionlib.errors import MotionError
from motionlib.library import library_from_motions
from motionlib.motion import STATE_FIELDS, Motion
from motionlib.robot import Robot
from motionlib.robots.files import load_robot

MakeMotion = Callable[..., Motion]


def test_frames_and_names_are_kept(microduck: Robot, make_motion: MakeMotion) -> None:
    motions = [make_motion(microduck, frames=n, name=f"m{n}") for n in (1, 2, 30)]
    library = library_from_motions(motions)
    assert library.names == ("m1", "m2", "m30")
    assert library.starts.tolist() == [0, 1, 3]
    assert library.num_frames.tolist() == [1, 2, 30]
    assert library.lengths_s.tolist() == pytest.approx([0.0, 0.02, 29 / 50])
    torch.testing.assert_close(library.motion(2).dof_pos, motions[2].dof_pos)


def test_no_velocity_is_taken_across_clips(microduck: Robot, make_motion: MakeMotion) -> None:
    alone = library_from_motions([make_motion(microduck, frames=30, name="b")])
    behind = library_from_motions(
        [make_motion(microduck, frames=7, name="a"), make_motion(microduck, frames=30, name="b")]
    )
    torch.testing.assert_close(behind.states.body_lin_vel[7:], alone.states.body_lin_vel)


def test_sampling_at_and_between_frames(microduck: Robot, make_motion: MakeMotion) -> None:
    library = library_from_motions([make_motion(microduck, name=n) for n in "ab"])
    ids = torch.tensor([1, 1, 1, 0])
    states = library.get_motion_state(ids, torch.tensor([0.1, 0.11, 99.0, -5.0]))
    first = int(library.starts[1]) + 5
    torch.testing.assert_close(states.dof_pos[0], library.states.dof_pos[first])
    middle = 0.5 * (library.states.body_pos[first] + library.states.body_pos[first + 1])
    torch.testing.assert_close(states.body_pos[1], middle, atol=1e-5, rtol=0)
    torch.testing.assert_close(states.dof_pos[2], library.states.dof_pos[-1])
    torch.testing.assert_close(states.dof_pos[3], library.states.dof_pos[0])


def test_resampling_is_exact_and_accounted(microduck: Robot, make_motion: MakeMotion) -> None:
    library = library_from_motions([make_motion(microduck, frames=41)]).at_fps(30.0)
    # 0.8 s at 30 fps: 24 whole steps
    assert library.num_frames.tolist() == [25]
    assert library.fps.tolist() == [30.0]
    assert any("50 -> 30 fps" in step for step in library.provenances[0].steps)
    same = library.at_fps(30.0)
    assert same is library


def test_names_used_twice_are_refused(microduck: Robot, make_motion: MakeMotion) -> None:
    with pytest.raises(MotionError, match="used twice: turn"):
        library_from_motions([make_motion(microduck), make_motion(microduck)])


def test_two_robots_do_not_mix(microduck: Robot, g1: Robot, make_motion: MakeMotion) -> None:
    with pytest.raises(MotionError, match="pack one robot at a time"):
        library_from_motions([make_motion(microduck, name="a"), make_motion(g1, name="b")])


def test_content_decides_the_hash(microduck: Robot, make_motion: MakeMotion) -> None:
    one, same = (library_from_motions([make_motion(microduck)]).sha256 for _ in range(2))
    other = library_from_motions([make_motion(microduck, frames=39)]).sha256
    assert one == same != other


@pytest.mark.parametrize("name", ["g1", "smpl"])
def test_sampling_stays_on_its_device(name: str, make_motion: MakeMotion) -> None:
    # no numbers live on the meta device, and an operation that mixes in another one fails
    library = library_from_motions([make_motion(load_robot(name))]).to("meta")
    ids = torch.zeros(3, dtype=torch.int64, device="meta")
    states = library.get_motion_state(ids, torch.zeros(3, device="meta"))
    for field in STATE_FIELDS:
        assert getattr(states, field).device.type == "meta"
        assert getattr(states, field).shape == (3, *getattr(library.states, field).shape[1:])


def test_a_library_in_memory_loads_into_itself(microduck: Robot, make_motion: MakeMotion) -> None:
    library = library_from_motions([make_motion(microduck)])
    assert library.loaded() is library
    rows = torch.tensor([3, 1])
    assert torch.equal(library.frames(rows).dof_pos, library.states.dof_pos[rows])
