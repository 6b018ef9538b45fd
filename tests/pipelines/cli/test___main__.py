import subprocess
import sys


def test_it_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.cli", "lsit"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("motion: no command 'lsit'")
