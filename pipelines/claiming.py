"""Taking `MOTION_HOME` into use: new, of this version, older or newer."""

import logging
from pathlib import Path

from motionlib.files import motion_home, sweep_tree
from motionlib.home import HOME_VERSION, check_home, is_marked, mark_home
from motionlib.registry.upkeep import collect_unused, seal_all_aliases

_log = logging.getLogger(__name__)


def claim_home() -> Path:
    """Take `MOTION_HOME` into use: mark a new one, bring an older one up to this version.

    What an older version wrote without checksums is sealed where nothing can make it again (the
    registry's aliases), and made again where something can (layers, clips, scans).

    Raises:
        HomeError: A newer version of this program has written there.
        OSError: It cannot be written.
    """
    home = motion_home()
    if check_home(home) < HOME_VERSION:
        _log.warning("%s is of an older version; what lies in its cache is made again", home)
        seal_all_aliases(home / "artifacts")
    if not is_marked(home):
        mark_home(home)
    return home


def sweep_home(home: Path, *, collect: bool = False) -> list[Path]:
    """Remove what killed processes left anywhere in a home.

    Where they left something in the registry, bytes that no version refers to go as well.

    Args:
        home: To sweep.
        collect: Look for such bytes in any case.

    Returns:
        What was removed.

    Raises:
        OSError: Something cannot be removed.
    """
    removed = sweep_tree(home)
    artifacts = home / "artifacts"
    if collect or any(path.is_relative_to(artifacts) for path in removed):
        removed += collect_unused(artifacts)
    return removed
