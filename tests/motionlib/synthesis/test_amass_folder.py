import numpy as np
import pytest

from motionlib.files import sha256_of_file
from motionlib.human.readers.amass import probe_amass, read_amass
from motionlib.synthesis.amass_folder import write_amass_folder
from motionlib.synthesis.amass_plan import plan_clips

OPTIONS = {"seed": 7, "seconds": (0.8, 1.2), "progress": False}


def hashes(folder, paths):
    return {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in paths}


def test_one_seed_gives_the_same_bytes_whoever_writes(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    alone = hashes(one, write_amass_folder(one, clips=6, **OPTIONS))
    together = hashes(two, write_amass_folder(two, clips=9, processes=2, **OPTIONS))
    assert alone.items() <= together.items()
    assert len(set(together.values())) == 9
    other = tmp_path / "other"
    new = hashes(other, write_amass_folder(other, clips=6, **(OPTIONS | {"seed": 8})))
    assert not set(new.values()) & set(alone.values())


def test_files_are_what_the_plan_says(tmp_path, smpl):
    paths = write_amass_folder(tmp_path, clips=8, **OPTIONS)
    plans = plan_clips(8, seed=7, seconds=(0.8, 1.2))
    for path, plan in zip(paths, plans, strict=True):
        assert path == tmp_path / plan.path
        facts = probe_amass(path)
        assert (facts.frames, facts.fps, facts.gender) == (plan.frames, plan.fps, plan.gender)
        assert facts.format == f"amass_{plan.family}"
        clip = read_amass(path, smpl)
        assert clip.betas == pytest.approx(plan.betas)
        assert np.isfinite(clip.rotvec).all()


def test_even_rates_may_be_given_as_a_list(tmp_path):
    paths = write_amass_folder(tmp_path, clips=6, **OPTIONS, rates=[50.0, 59.94])
    assert {probe_amass(path).fps for path in paths} == {50.0, 59.94}


def test_a_robot_without_legs_of_a_human_is_refused(tmp_path, microduck):
    from motionlib.errors import RobotError

    with pytest.raises(RobotError, match="has no body 'L_Hip'"):
        write_amass_folder(tmp_path, clips=1, robot=microduck, progress=False)
