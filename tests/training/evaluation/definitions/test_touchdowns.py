import pytest
import torch

from training.evaluation.definitions.touchdowns import LATE_S, Touchdowns

DT = 0.02


def run(reference: str, robot: str) -> dict[str, float | int | None]:
    """One foot over time: a dot in the air, a bar on the ground."""
    feet = Touchdowns(1, 1, dt=DT)
    active = torch.tensor([True])
    labels, contacts = (
        [torch.tensor([[mark == "|"]]) for mark in text] for text in (reference, robot)
    )
    feet.start(labels[0], active)
    for label, contact in zip(labels[1:], contacts[1:], strict=True):
        feet.add(contact, label, active)
    return feet.row(0)


@pytest.mark.parametrize(
    ("reference", "robot", "count", "late", "frames"),
    [
        ("..|||..", "..|||..", 1, 0, 0),  # together
        ("..|||..", ".||||..", 1, 0, 0),  # stood already
        ("..|||||", "....|||", 1, 0, 2),  # two frames are not late
        ("..|||||", ".....||", 1, 1, 3),  # three are
        ("..||...", "......|", 1, 0, 2),  # never, but asked for two frames only
        ("..||||.", ".......", 1, 1, 4),  # never
        ("..|||||", ".......", 1, 1, 5),  # never, to the end of the motion
        ("||.||..", "||..|..", 1, 0, 1),  # standing at the start is no touch-down
        (".|.|.||", ".|.....", 3, 0, 3),  # three, of which two were missed
    ],
)
def test_delays_are_counted_from_the_reference(reference, robot, count, late, frames) -> None:
    assert LATE_S == 2 * DT
    row = run(reference, robot)
    assert row["touchdowns"] == count
    assert row["late_touchdown_share"] == pytest.approx(late / count)
    assert row["touchdown_delay_s"] == pytest.approx(frames * DT / count)


def test_without_a_touchdown_there_is_no_share() -> None:
    assert run("|||||", ".....") == {
        "touchdowns": 0,
        "late_touchdown_share": None,
        "touchdown_delay_s": None,
    }


def test_feet_and_environments_stand_by_themselves() -> None:
    feet = Touchdowns(2, 2, dt=DT)
    off, both = torch.zeros(2, 2, dtype=torch.bool), torch.tensor([True, True])
    feet.start(off, both)
    down = torch.tensor([[True, True], [True, False]])
    for _ in range(3):
        feet.add(torch.tensor([[True, False], [False, False]]), down, torch.tensor([True, False]))
    assert feet.row(0) == {
        "touchdowns": 2,
        "late_touchdown_share": 0.5,
        "touchdown_delay_s": pytest.approx(3 * DT / 2),
    }
    assert feet.row(1)["touchdowns"] == 0
    feet.clear(torch.tensor([0]))
    assert feet.row(0)["touchdowns"] == 0
