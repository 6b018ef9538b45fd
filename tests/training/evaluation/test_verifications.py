import subprocess
import sys

from training.evaluation.comparison import verify
from training.evaluation.verifications import VERIFICATIONS


def test_every_verification_is_found_by_its_key_and_has_its_name() -> None:
    assert {each.key: each.name for each in verify([])} == VERIFICATIONS


def test_names_are_light_enough_for_a_graph_to_load() -> None:
    program = "import sys, training.evaluation.verifications; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
