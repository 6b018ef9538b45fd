"""Whether motions can be true, asked before a policy is trained on them."""

import logging

from motionlib.errors import MotionError
from motionlib.library import MotionLib
from motionlib.plausibility import DOUBTFUL, GATE, IMPOSSIBLE, library_findings
from motionlib.plausibility_table import told_findings

_LOG = logging.getLogger(__name__)


def ask_motions(library: MotionLib, where: str, *, accept: bool = False) -> None:
    """Warn of motions that are doubtful, by name; see `motionlib.plausibility_table`.

    Args:
        library: At the rates and with the velocities of its file.
        where: File, for the message.
        accept: Whether of what is impossible is only warned.

    Raises:
        MotionError: Some are impossible; names them, the likely cause and the way round.
    """
    found = library_findings(library)
    refused = told_findings(found, impossible=True)
    if refused and not accept:
        lines = "\n  ".join(refused)
        raise MotionError(
            f"{where}: holds motions that cannot be true:\n  {lines}\nMend them, or leave them out "
            "(`motion lib subset`), or train on them all the same: --overrides "
            "motion_lib.accept_implausible=true",
            gate=GATE,
        )
    for start, lines in (
        (IMPOSSIBLE, refused),
        (DOUBTFUL, told_findings(found, impossible=False)),
    ):
        for line in lines:
            _LOG.warning("%s%s", start, line)
