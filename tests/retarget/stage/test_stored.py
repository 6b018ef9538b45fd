from pathlib import Path

import numpy as np
import pytest

from motionlib.errors import FormatError
from motionlib.robot import Robot
from motionlib.stages.store import ClipStore
from retarget.stage.stored import stored_motion

ROW = {"clip_id": "CMU/a#0-1", "path": "CMU/a.npz", "sha256": "s", "weight": 3.0}


def test_a_clip_comes_back_with_its_contacts_name_and_source(tmp_path: Path, g1: Robot) -> None:
    store = ClipStore(tmp_path)
    quats = np.tile(np.array([1.0, 0.0, 0.0, 0.0], dtype=np.float32), (4, 1))
    contact = np.array([[True, False]] * 4)
    arrays = {
        "root_pos": np.ones((4, 3), dtype=np.float32),
        "root_quat_wxyz": quats,
        "dof_pos": np.full((4, g1.num_dofs), 0.25, dtype=np.float32),
        "foot_contact": contact,
    }
    entry = store.put_arrays("ab", arrays, fps=50.0, measures={})
    row = {**ROW, "cache_path": entry.path}
    motion = stored_motion(row, g1, store, steps=("one",))
    assert (motion.name, motion.fps, motion.weight) == ("CMU/a#0-1", 50.0, 3.0)
    assert motion.foot_contact is not None
    assert motion.foot_contact.numpy().tolist() == contact.tolist()
    assert float(motion.dof_pos[0, 0]) == 0.25
    assert motion.provenance.source == "CMU/a.npz#0-1"
    assert motion.provenance.steps == ("one",)
    with pytest.raises(FormatError, match="gone"):
        stored_motion({**row, "cache_path": "no/no.safetensors"}, g1, store)
