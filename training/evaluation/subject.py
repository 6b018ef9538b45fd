"""What is evaluated, and everything that a reader needs to trust the result."""

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from motionlib.files import sha256_of_file
from motionlib.library import MotionLib
from motionlib.showing import counted
from motionlib.walking.titles import title_of_command
from training.building import MotionSource, build_robot, find_motions
from training.checkpoint import Policy, load_policy
from training.code_version import code_version
from training.config import Experiment, MotionLibConfig
from training.evaluation.config import EvaluationConfig, thresholds_for
from training.evaluation.controllers import PolicyController
from training.evaluation.verifications import AcceptBounds
from training.fitting import open_motions
from training.learning_code import learning_code
from training.overrides import override
from training.runs import RunFolder
from training.values import plain_from_value

_LOG = logging.getLogger(__name__)
_MOST_SOURCES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is evaluated: a policy, its experiment, and the motions that it shall follow."""

    checkpoint: Path
    policy: Policy
    experiment: Experiment
    source: MotionSource
    lib: MotionLib
    """The motions at the control rate."""
    code: str
    """What the code means now by which such a policy is trained, see `learning_code`."""

    @property
    def code_is_current(self) -> bool | None:
        """Whether all of its training was by the code of now; None where nobody noted by which."""
        codes = self.policy.facts.learning_codes
        return codes == (self.code,) if codes else None

    def controller(self) -> PolicyController:
        """The policy as what drives robots, which sees no more than it needs."""
        return PolicyController(self.policy.act, groups=self.policy.groups)


def open_subject(
    checkpoint: Path,
    *,
    motions: MotionLibConfig | None = None,
    simulator: str = "",
    overrides: Mapping[str, str] | None = None,
    device: str = "cpu",
) -> Subject:
    """Load a checkpoint, its robot and the motions.

    Args:
        checkpoint: `last.ckpt` or `score_based.ckpt`.
        motions: Where they are; None takes those that the policy was trained on.
        simulator: Engine; empty takes the experiment's.
        overrides: Field path to value, applied to the checkpoint's experiment.
        device: Where the policy and the environment compute.

    Raises:
        FormatError: The checkpoint or the motions cannot be read.
        RobotError: Checkpoint and robot do not belong together.
        ConfigError: The motions cannot be found or do not fit, or an override is wrong.
    """
    policy = load_policy(checkpoint, device)
    experiment = override(policy.facts.experiment(), dict(overrides or {}))
    if simulator:
        experiment = replace(experiment, simulator=replace(experiment.simulator, name=simulator))
    source = find_motions(motions or experiment.motion_lib)
    robot = build_robot(experiment)
    policy.check_robot(robot)
    facts = policy.facts
    if robot.sha256 != facts.robot_sha256:
        _LOG.warning(
            "%s: %s; gains, masses or limits may not be those that the policy knows",
            checkpoint,
            _other_robot(facts.robot_sha256, robot.sha256),
        )
    source, lib = open_motions(experiment, robot, source)
    copy = RunFolder(path=checkpoint.parent).experiment_copy
    return Subject(
        checkpoint=checkpoint,
        policy=policy,
        experiment=experiment,
        source=source,
        lib=lib,
        code=learning_code(copy if copy.is_file() else None, facts.experiment()),
    )


def evaluation_metadata(
    subject: Subject, config: EvaluationConfig, bounds: AcceptBounds | None = None
) -> dict[str, Any]:
    """Everything that a reader of the table needs to trust it, without paths or times.

    Args:
        subject: What is evaluated.
        config: What is measured.
        bounds: What the policy is held to; None takes the defaults.
    """
    facts, lib, source = subject.policy.facts, subject.lib, subject.source
    checkpoint_sha256 = sha256_of_file(subject.checkpoint)
    return {
        "robot": lib.robot.name,
        "robot_sha256": lib.robot.sha256,
        "trained_robot_sha256": facts.robot_sha256,
        "robot_semantic_sha256": lib.robot.semantic_sha256,
        "actuator_profile": lib.robot.default_profile,
        "simulator": subject.experiment.simulator.name,
        "experiment": subject.experiment.name,
        "checkpoint": subject.checkpoint.name,
        "checkpoint_sha256": checkpoint_sha256,
        "trained_env_steps": facts.step_count,
        "trained_seconds": round(facts.train_seconds, 1),
        "training_seed": facts.seed,
        "training_code_version": facts.code_version,
        "learning_codes": list(facts.learning_codes),
        "learning_code_now": subject.code,
        "code_is_current": subject.code_is_current,
        "trained_on": _name_of(facts.motions_reference),
        "trained_on_sha256": facts.motions_sha256,
        "artifact": source.reference or source.path.name,
        "artifact_sha256": source.artifact_sha256 or source.sha256,
        "motions_sha256": source.sha256,
        "trained_velocity_rule": facts.velocity_rule,
        "velocity_rule": lib.velocity_rule,
        "trained_fps": _plain_rates(facts.motions_fps),
        "motions_fps": _plain_rates(source.fps),
        "fps": float(lib.fps[0]),
        "code_version": code_version(),
        "thresholds": thresholds_for(lib.robot, config).as_dict(),
        "measuring": plain_from_value(config),
        "titles": {
            name: title_of_command(provenance.command)
            for name, provenance in zip(lib.names, lib.provenances, strict=True)
            if provenance.command is not None
        },
        "bounds": (bounds or AcceptBounds()).as_dict(),
        "accept": [
            {"metric": b.metric, "minimum": str(b.minimum), "maximum": str(b.maximum)}
            for b in subject.experiment.accept
        ],
        "lineage": lineage(subject, checkpoint_sha256),
    }


def lineage(subject: Subject, checkpoint_sha256: str) -> list[dict[str, str]]:
    """Policy, artifact and source files, newest first, each with its sha256.

    Args:
        subject: What is evaluated.
        checkpoint_sha256: Of the checkpoint's file.
    """
    facts, lib, source = subject.policy.facts, subject.lib, subject.source
    seconds = float(lib.lengths_s.double().sum())
    steps = [
        {
            "name": f"policy {subject.checkpoint.name}",
            "detail": f"{facts.step_count:,} environment steps, seed {facts.seed}",
            "sha256": checkpoint_sha256,
        },
        {
            "name": f"motions {source.reference or source.path.name}",
            "detail": (
                f"{counted(lib.num_motions, 'motion')}, {seconds:.1f} s at {float(lib.fps[0]):g} fps, "
                f"velocities by {lib.velocity_rule}"
            ),
            "sha256": source.artifact_sha256 or source.sha256,
        },
    ]
    steps[0]["detail"] += _training_notes(subject)
    if facts.motions_sha256 != source.sha256:
        steps[0]["detail"] += f"; trained on other motions: {_name_of(facts.motions_reference)}"
    counts = Counter((p.source.partition(":")[0], p.source_sha256) for p in lib.provenances)
    if facts.robot_sha256 != lib.robot.sha256:
        said = _other_robot(facts.robot_sha256, lib.robot.sha256)
        steps[0]["detail"] += f"; {said}"
    for (file, file_sha256), count in counts.most_common(_MOST_SOURCES):
        detail = f"source of {counted(count, 'motion')}"
        steps.append({"name": file, "detail": detail, "sha256": file_sha256})
    if len(counts) > _MOST_SOURCES:
        steps.append({"name": f"and {len(counts) - _MOST_SOURCES} more source files"})
    return steps


def _training_notes(subject: Subject) -> str:
    """What a reader has to know of how a policy came about."""
    facts = subject.policy.facts
    said = f"; velocities by {facts.velocity_rule}" if facts.velocity_rule else ""
    if subject.code_is_current is False:
        codes = ", then ".join(facts.learning_codes)
        said += f"; outdated: trained by other code ({codes}; now {subject.code})"
    return said


def _plain_rates(rates: tuple[float, ...]) -> float | list[float] | None:
    """Frames a second: the one rate, all of several, None if nobody noted them."""
    return list(rates) if len(rates) > 1 else next(iter(rates), None)


def _other_robot(trained: str, now: str) -> str:
    return f"robot files differ from those trained on ({trained[:12]} then, {now[:12]} now)"


def _name_of(reference: str) -> str:
    """An artifact's reference as it is, a path by its last part."""
    path = Path(reference)
    return path.name if path.is_absolute() else reference
