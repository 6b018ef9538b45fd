"""One session of a training run, from arguments to an exit status."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from training.agents.base import Agent
from training.agents.opening import open_agent
from training.arguments import TrainArguments
from training.building import (
    MotionSource,
    build_env,
    build_robot,
    device_of,
    find_motions,
)
from training.checkpoint import CheckpointFacts, load_checkpoint, load_policy
from training.code_version import code_version
from training.config import Experiment, yaml_from_experiment
from training.envs.commands.motion import MotionCommandConfig
from training.envs.environment import Environment
from training.fitting import open_motions, with_robot
from training.launching import experiment_from_arguments, record_of
from training.learning_code import learning_code
from training.process_state import seed_process
from training.progress import Console, JsonConsole, ProgressFile, Sink, TensorBoard
from training.runs import RunFolder, only_run, resumable, run_folder, write_records
from training.scorers import open_scorer
from training.stopping import STOPPED_EXIT_CODE, StopRequest
from training.trainer import Budget, Trainer
from training.values import ConfigError, plain_from_value
from training.wandb_sink import WandbSink

_LOG = logging.getLogger(__name__)


def train(arguments: TrainArguments, stop: StopRequest) -> int:
    """Train until done or stopped.

    Args:
        arguments: Of the program.
        stop: Watched from the first epoch on.

    Returns:
        Exit status: 0 finished, 130 stopped and saved.

    Raises:
        MotionError: Robot, motions or checkpoint cannot be used.
        ConfigError: Arguments or experiment cannot, or the folder holds another run.
        OSError: A file cannot be written.
        TrainingDivergedError: A number became infinite or NaN.
    """
    experiment = experiment_from_arguments(arguments)
    seed_process(experiment.seed)
    folder = run_folder(experiment.name)
    source = _source(experiment)
    experiment = with_robot(experiment, source)
    robot = build_robot(experiment)
    lib = None
    if source is not None:
        source, lib = open_motions(experiment, robot, source, ask=True)
    with only_run(folder):
        env = build_env(experiment, lib, robot, device=device_of(arguments.device))
        code = learning_code(arguments.experiment_path, experiment)
        facts = _facts(experiment, env, source, code=code)
        checkpoint = resumable(folder, facts, experiment)
        budget = Budget(
            max_steps=experiment.training_max_steps,
            max_epochs=arguments.training_max_iterations,
            max_seconds=arguments.max_seconds,
        )
        if checkpoint is not None and budget.spent(checkpoint.facts):
            _say_finished(folder, checkpoint.facts)
            return 0
        write_records(
            folder,
            experiment,
            experiment_path=arguments.experiment_path,
            arguments=record_of(arguments, experiment),
            facts=facts,
        )
        if arguments.create_config_only:
            _LOG.info("wrote %s and %s", folder.config, folder.resolved_configs)
            return 0
        agent = open_agent(experiment.agent, env, seed=experiment.seed)
        if checkpoint is None and arguments.checkpoint is not None:
            _warm_start(agent, env, arguments.checkpoint)
        start = checkpoint.facts if checkpoint else facts
        epochs = budget.epochs(agent.num_samples)
        scorer = open_scorer(
            experiment, env, agent, path=folder.evaluations, steps=start.step_count
        )
        with _sinks(arguments, experiment, folder, start=start, epochs=epochs) as sinks:
            trainer = Trainer(
                agent,
                env,
                facts=facts,
                folder=folder,
                saving=experiment.saving,
                budget=budget,
                scorer=scorer,
                sinks=sinks,
            )
            if checkpoint is not None:
                trainer.resume(checkpoint)
                _LOG.info("resuming %s at step %s", folder.last, f"{start.step_count:,}")
            stop.defer()
            outcome = trainer.run(stop)
    if outcome == "stopped":
        _LOG.info("stopped and saved %s; the same command goes on from there", folder.last)
        return STOPPED_EXIT_CODE
    _say_finished(folder, trainer.facts)
    return 0


def _source(experiment: Experiment) -> MotionSource | None:
    """What the experiment names, if it does: a task without a reference needs none."""
    named = experiment.motion_lib.motion_file or experiment.motion_lib.registry_name
    if not named and not isinstance(experiment.env.command, MotionCommandConfig):
        return None
    return find_motions(experiment.motion_lib)


@contextlib.contextmanager
def _sinks(
    arguments: TrainArguments,
    experiment: Experiment,
    folder: RunFolder,
    *,
    start: CheckpointFacts,
    epochs: int,
) -> Iterator[list[Sink]]:
    with contextlib.ExitStack() as stack:
        sinks: list[Sink] = []

        def add(sink: Sink) -> None:
            sinks.append(sink)
            stack.callback(sink.close)

        add(ProgressFile(folder.progress, total_epochs=epochs, step=start.step_count))
        add(TensorBoard(folder.logs, step=start.step_count))
        if arguments.use_wandb:
            plain = plain_from_value(experiment)
            project = arguments.wandb_project
            add(WandbSink(folder.logs, project=project, name=experiment.name, config=plain))
        if arguments.json_progress:
            add(JsonConsole())
        else:
            add(Console(total_epochs=epochs, first_epoch=start.epoch))
        yield sinks


def _facts(
    experiment: Experiment, env: Environment, source: MotionSource | None, *, code: str
) -> CheckpointFacts:
    return CheckpointFacts(
        robot_name=env.robot.name,
        robot_sha256=env.robot.sha256,
        robot_semantic_sha256=env.robot.semantic_sha256,
        motions_reference=(source.reference or str(source.path)) if source else "",
        motions_sha256=source.sha256 if source else "",
        artifact_sha256=source.artifact_sha256 if source else "",
        num_motions=env.lib.num_motions if env.lib else 0,
        obs_dims=dict(env.obs_dims),
        num_actions=env.num_actions,
        experiment_yaml=yaml_from_experiment(experiment),
        code_version=code_version(),
        seed=experiment.seed,
        velocity_rule=env.lib.velocity_rule if env.lib else "",
        motions_fps=source.fps if source else (),
        learning_codes=(code,),
    )


def _warm_start(agent: Agent, env: Environment, path: Path) -> None:
    policy = load_policy(path, env.device)
    policy.check_robot(env.robot)
    policy.check_env(env.obs_dims, num_actions=env.num_actions)
    try:
        agent.load_policy_state(load_checkpoint(path, device=env.device).agent)
    except (RuntimeError, KeyError) as error:
        raise ConfigError(
            f"--checkpoint {path}: its networks are not those of this experiment ({error}); "
            "use the same agent with the same networks"
        ) from error
    _LOG.info("starting from the weights of %s", path)


def _say_finished(folder: RunFolder, facts: CheckpointFacts) -> None:
    _LOG.info(
        "finished: %s at step %s; raise --training-max-steps to go on",
        folder.last,
        f"{facts.step_count:,}",
    )
