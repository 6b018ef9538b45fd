"""The code that is running: the commit of the checkout, else the installed version."""

import importlib.metadata
import subprocess
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_DISTRIBUTION = "motion-workbench"


def code_version() -> str:
    """`<commit>`, `<commit>-dirty` for a checkout with changes, else `<version>`."""
    commit = _git("rev-parse", "HEAD")
    # a checkout of ours only: the package may be installed inside somebody else's repository
    if not commit or _git("rev-parse", "--show-toplevel") != str(_ROOT):
        return importlib.metadata.version(_DISTRIBUTION)
    changed = _git("status", "--porcelain", "--untracked-files=no")
    return f"{commit}-dirty" if changed else commit


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(_ROOT), *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
