"""Keys of retargeted clips: a digest of everything that a result depends on."""

import dataclasses
import json

from motionlib.robot import Robot
from motionlib.stages.keys import code_sha256, digest_of
from retarget.pairs.pair import Pair
from retarget.settings import RetargetSettings

STAGE_MODULES = ("retarget.retargeting", "retarget.quality.measures")
"""Whatever these import, directly or not, makes and measures the result."""
_ROOMS = ("motionlib", "retarget")


def stage_digest(source: Robot, target: Robot, pair: Pair, settings: RetargetSettings) -> str:
    """Hex sha256 of what all clips of one stage share.

    The pair counts by what it says, wherever its file lies and however it is laid out.

    Args:
        source: Skeleton of the motions; its soles and default pose, too, tell when feet stand.
        target: Robot that they go to.
        pair: Their correspondence.
        settings: Of the stage.
    """
    chosen = json.dumps({**dataclasses.asdict(settings), "pair": ""})
    meaning = json.dumps(dataclasses.asdict(pair))
    code = code_sha256(STAGE_MODULES, rooms=_ROOMS)
    return digest_of(code, source.sha256, target.sha256, meaning, chosen)


def clip_key(content_sha256: str, digest: str) -> str:
    """Hex sha256 that names the result of one motion.

    Args:
        content_sha256: Of the motion's numbers; its name, weight and file are no part of it.
        digest: Of `stage_digest`.
    """
    return digest_of(digest, content_sha256)
