import numpy as np
import pytest
import torch

from motionlib.files import data_folder
from motionlib.human.conversion import convert_clip
from motionlib.human.readers.bvh import probe_bvh, read_bvh
from motionlib.human.settings import HumanSettings
from motionlib.robots.files import load_robot
from motionlib.synthesis.bvh_sample import write_bvh_sample
from motionlib.synthesis.human import make_human
from motionlib.synthesis.human_body import human_body

COMMITTED = data_folder() / "motions" / "bvh_sample"


@pytest.fixture(scope="module")
def smpl():
    return load_robot("smpl")


@pytest.fixture(scope="module")
def made(tmp_path_factory, smpl):
    return write_bvh_sample(tmp_path_factory.mktemp("sample"), robot=smpl)


def words_and_numbers(path) -> tuple[list[str], np.ndarray]:
    head, block = path.read_text().split("Frame Time:")
    return head.split(), np.array(block.split(), dtype=float)


def test_the_committed_sample_is_what_the_generator_makes(made):
    assert [path.name for path in COMMITTED.glob("*.bvh")] == [made.name]
    new, old = words_and_numbers(made), words_and_numbers(COMMITTED / made.name)
    assert new[0] == old[0]
    np.testing.assert_allclose(new[1], old[1], atol=2e-3)  # three decimals are written


def test_it_reads_back_as_the_person_who_was_made(made, smpl):
    facts = probe_bvh(made)
    assert (facts.fps, facts.frames) == (30.0, 120)
    clip = read_bvh(made, smpl)
    rng = np.random.default_rng(2026)
    human = make_human(human_body(smpl), ("walk", "wave"), frames=120, fps=30.0, rng=rng)
    path = clip.root_pos - clip.root_pos[0]
    length = np.linalg.norm(human.root_pos[-1, :2] - human.root_pos[0, :2])
    assert length > 1.0
    # BVH says neither where north is nor, exactly, how long a metre
    assert np.linalg.norm(path[-1, :2]) == pytest.approx(length, rel=0.02)
    motion = convert_clip(clip, smpl, HumanSettings(fps=30.0))
    assert motion.measures["floating_height"] < 0.05
    turns = torch.as_tensor(human.rotvec[:, 1:]).norm(dim=-1).sum(dim=1).numpy()
    read = np.linalg.norm(np.asarray(clip.rotvec).reshape(120, -1, 3)[:, 1:], axis=-1).sum(axis=1)
    assert np.corrcoef(turns, read)[0, 1] > 0.98
