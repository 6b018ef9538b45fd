"""The names of a file's joints, found whatever prefix, case and separators an exporter gave them."""

import re
from collections import Counter
from collections.abc import Sequence

_MARKS = ":_"
_SHARED = 0.6
"""Share of the joints that bear a prefix; a root above the skeleton may lack it."""
_SHORTEST = 4
"""Letters of a prefix that no mark ends."""


class JointNames:
    """Finds a joint by the name that a map has for it."""

    def __init__(self, names: Sequence[str]) -> None:
        prefix = _prefix(names)
        plain = [name for name in names if not name.startswith(prefix)]
        with_prefix = [name for name in names if name.startswith(prefix)]
        self.bare = {name.removeprefix(prefix): name for name in (*plain, *with_prefix)}
        """Name without the prefix that the joints share (`mixamorig:`, `Model_`) to the name."""
        self._folded: dict[str, str] = {}
        for bare, name in self.bare.items():
            self._folded.setdefault(_folded(bare), name)

    def find(self, joint: str) -> str | None:
        """The file's own name of a joint; None if it has none."""
        return self.bare.get(joint) or self._folded.get(_folded(joint))


def _prefix(names: Sequence[str]) -> str:
    """The prefix that most of the joints share; empty if there is none."""
    for mark in _MARKS:
        heads = Counter(
            name[: name.rindex(mark) + 1] if mark == ":" else name[: name.index(mark) + 1]
            for name in names
            if mark in name
        )
        prefix, count = heads.most_common(1)[0] if heads else ("", 0)
        if len(prefix) > 1 and count >= max(_SHARED * len(names), 2):
            return prefix
    # without a mark (`mixamorigHips`), but not what joints happen to begin with
    for some in (names, names[1:]):
        prefix = _beginning(some)
        if len(some) > 1 and len(prefix) >= _SHORTEST and prefix not in some:
            return prefix
    return ""


def _beginning(names: Sequence[str]) -> str:
    """The letters with which all names begin."""
    low, high = min(names, default=""), max(names, default="")
    same = 0
    while same < len(low) and low[same] == high[same]:
        same += 1
    return low[:same]


def _folded(name: str) -> str:
    return re.sub(r"[\s_.\-]", "", name).casefold()
