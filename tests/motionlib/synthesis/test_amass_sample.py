import numpy as np
import pytest

from motionlib.files import data_folder
from motionlib.human.readers.amass import probe_amass
from motionlib.synthesis.amass_sample import SAMPLE, write_amass_sample
from motionlib.synthesis.human_actions import ACTIONS

COMMITTED = data_folder() / "motions" / "amass_sample"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    return folder, write_amass_sample(folder)


def test_the_committed_sample_is_what_the_generator_makes(made):
    folder, paths = made
    names = sorted(path.relative_to(folder).as_posix() for path in paths)
    kept = sorted(path.relative_to(COMMITTED).as_posix() for path in COMMITTED.rglob("*.npz"))
    assert names == kept
    for name in names:
        with np.load(folder / name, allow_pickle=True) as new, np.load(
            COMMITTED / name, allow_pickle=True
        ) as old:  # fmt: skip
            assert new.files == old.files
            for key in new.files:
                assert new[key].dtype == old[key].dtype, (name, key)
                if new[key].dtype.kind == "f":
                    # angles, not bytes: another linear algebra library rounds differently
                    np.testing.assert_allclose(new[key], old[key], atol=1e-5, err_msg=name)
                else:
                    assert np.array_equal(new[key], old[key]), (name, key)


def test_the_sample_is_small_and_covers_what_there_is():
    files = list(COMMITTED.rglob("*.npz"))
    assert sum(file.stat().st_size for file in files) < 3_000_000
    facts = [probe_amass(file) for file in files]
    assert {each.format for each in facts} == {"amass_smplh", "amass_smplx"}
    assert {each.fps for each in facts} == {60.0, 100.0, 120.0, 250.0}
    assert {each.gender for each in facts} == {"female", "male", "neutral"}
    assert {action for clip in SAMPLE for action in clip.actions} == set(ACTIONS)
