import signal
import threading
import time

from motionlib.registry.local import LocalRegistry
from motionlib.registry.locks import folder_lock

_HOLDER = """
import sys, time
from pathlib import Path
from motionlib.registry.locks import folder_lock
with folder_lock(Path(sys.argv[1])):
    Path(sys.argv[2]).touch()
    time.sleep(60)
"""

_PUBLISHER = """
import sys
from pathlib import Path
from motionlib.registry.local import LocalRegistry
root, files, mine, count = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
registry = LocalRegistry(root)
(files / f"ready-{mine}").touch()
while not (files / "go").exists():
    pass
for number in range(count):
    own, shared = files / f"{mine}-{number}", files / f"shared-{mine}-{number}"
    own.write_text(f"{mine} {number}")
    shared.write_text(f"both {number}")
    registry.publish({"motion.npz": own}, name="walk", aliases=("latest", mine))
    registry.publish({"motion.npz": shared}, name="walk")
"""


def test_two_threads_take_turns(tmp_path):
    inside, most = [], []

    def enter() -> None:
        with folder_lock(tmp_path):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


def test_the_lock_of_a_killed_process_is_free(tmp_path, run_child):
    child = run_child(_HOLDER, tmp_path / "folder", tmp_path / "held")
    child.wait_until((tmp_path / "held").exists)
    child.signal(signal.SIGKILL)
    with folder_lock(tmp_path / "folder"):
        assert (tmp_path / "folder" / ".lock").exists()


def test_two_processes_publishing_at_once_lose_and_repeat_nothing(tmp_path, run_child):
    root, files, count = tmp_path / "artifacts", tmp_path / "files", 25
    files.mkdir()
    children = [run_child(_PUBLISHER, root, files, mine, count) for mine in ("a", "b")]
    for child, mine in zip(children, ("a", "b"), strict=True):
        child.wait_until((files / f"ready-{mine}").exists)
    (files / "go").touch()
    for child in children:
        child.finish()
    registry = LocalRegistry(root)
    versions = registry.versions("walk")
    contents = [registry.pull(v.reference).file.read_text() for v in versions]
    expected = {f"{who} {n}" for who in ("a", "b", "both") for n in range(count)}
    assert [v.manifest.version for v in versions] == list(range(3 * count))
    assert len(contents) == len(set(contents))
    assert set(contents) == expected
    assert registry.pull("walk:a").file.read_text() == f"a {count - 1}"
    assert registry.pull("walk:b").file.read_text() == f"b {count - 1}"
    assert not list(root.rglob("*.tmp"))
