"""Opens files one by one, each in a process of its own, and says what each cost; for tests.

Reads lines `["reader", "path"]` in JSON from its input; writes a line `{"path", "reader", "status",
"cpu_s", "extra_mb", "text"}` for each. The memory is what was needed beyond the imports.
"""

import contextlib
import io
import json
import os
import resource
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from motionlib.corpus.issue_list import read_issue_list
from motionlib.corpus.lists import read_motion_list
from motionlib.errors import MotionError
from motionlib.formats import polynomial  # noqa: F401 - not a file's cost
from motionlib.formats.csv import load_csv
from motionlib.formats.name_table import read_name_list, read_weights
from motionlib.formats.protomotions import legacy  # noqa: F401
from motionlib.formats.robot_npz import load_robot_npz
from motionlib.formats.robot_pickle import load_robot_pickle
from motionlib.human.conversion import convert_clip
from motionlib.human.readers import bvh  # noqa: F401
from motionlib.human.readers.by_suffix import probe_human_clip, read_human_clip
from motionlib.human.settings import HumanSettings
from motionlib.human.skeleton.joint_map import load_skeleton_map
from motionlib.inspection import contents  # noqa: F401
from motionlib.robots.files import load_robot
from motionlib.robots.humanoid.body_model_file import read_body_model_file
from motionlib.robots.mjcf import check_model, compile_spec, read_mjcf
from pipelines.cli.main import main
from pipelines.recipe import load_recipe

CPU_LIMIT_S = 30
SMPL = load_robot("smpl")
DUCK = load_robot("microduck")


def _inspect(path: Path) -> int:
    robot = ("--robot", "microduck") if path.suffix == ".pkl" else ()
    return main(["inspect", str(path), *robot])


def _convert(path: Path) -> None:
    probe_human_clip(path)
    convert_clip(read_human_clip(path, SMPL), SMPL, HumanSettings())


def _model(path: Path) -> None:
    check_model(path, compile_spec(path, read_mjcf(path)))


READERS: dict[str, Callable[[Path], object]] = {
    "inspect": _inspect,
    "probe": probe_human_clip,
    "convert": _convert,
    "body model": read_body_model_file,
    "issue list": read_issue_list,
    "motion list": lambda path: read_motion_list(path, split="train"),
    "names": read_name_list,
    "weights": read_weights,
    "joint map": load_skeleton_map,
    "robot": load_robot,
    "recipe": load_recipe,
    "model": _model,
    "csv": lambda path: load_csv(path, DUCK),
    "robot npz": lambda path: load_robot_npz(path, DUCK),
    "robot pickle": lambda path: load_robot_pickle(path, DUCK),
    "read": lambda path: len(path.read_bytes()),
    "nothing": lambda path: None,
}


def _open(reader: str, path: Path) -> tuple[int, str]:
    """Status and what was said; -1 for an error that no reader may raise."""
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(io.StringIO()):
        try:
            status = READERS[reader](path)
            return status if isinstance(status, int) else 0, said.getvalue()
        except MotionError as error:
            return 1, str(error)
        except OSError as error:
            return 1, f"OSError: {error}"
        except BaseException:  # noqa: BLE001 - told to the test
            return -1, traceback.format_exc()


def measured(reader: str, path: Path) -> dict[str, object]:
    """Cost of one file in a child of this process."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_LIMIT_S, CPU_LIMIT_S))
        status, text = _open(reader, path)
        with os.fdopen(theirs, "w") as pipe:
            json.dump([status, text[:8000]], pipe)
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as pipe:
        content = pipe.read()
    _, ending, used = os.wait4(child, 0)
    status, text = json.loads(content) if content else (-1, f"killed by signal {ending}")
    cpu_s = used.ru_utime + used.ru_stime
    return {"status": status, "text": text, "cpu_s": cpu_s, "mb": used.ru_maxrss / 1024}


if __name__ == "__main__":
    base = measured("nothing", Path())["mb"]
    for line in sys.stdin:
        reader, path = json.loads(line)
        result = measured(reader, Path(path))
        extra = float(str(result.pop("mb"))) - float(str(base))
        sys.stdout.write(json.dumps({"reader": reader, "path": path, "extra_mb": extra, **result}))
        sys.stdout.write("\n")
