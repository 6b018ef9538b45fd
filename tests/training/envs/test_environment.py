"""The environment as a whole, on real physics."""

import logging
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from motionlib.library import MotionLib
from motionlib.robot import Robot
from training.divergence import TrainingDivergedError
from training.envs.commands.motion import MotionCommandConfig
from training.envs.commands.sampling import SamplingConfig, failures_by_motion
from training.envs.config import ActionConfig, EnvConfig, PushConfig, RandomizationConfig
from training.envs.environment import Environment
from training.envs.mimic import mimic_failures
from training.envs.terms.observations import Group, View
from training.simulators.base import SimulatorConfig
from training.simulators.mujoco import MujocoSimulator
from training.values import ConfigError

MakeEnv = Callable[..., Environment]


def zeros(env: Environment) -> torch.Tensor:
    return torch.zeros(env.num_envs, env.num_actions)


def place(env: Environment, motion: int, frame: int) -> None:
    every = torch.arange(env.num_envs)
    at = torch.full_like(every, motion), torch.full_like(every, frame)
    env.restart(every, env.command.place(every, *at))


def test_shapes(make_env: MakeEnv) -> None:
    env = make_env(EnvConfig(), num_envs=3)
    step = env.step(zeros(env))
    assert {name: tuple(obs.shape) for name, obs in step.obs.items()} == {
        "actor": (3, 85),
        "critic": (3, 85 + 6 * 9),
    }
    assert env.obs_dims == {"actor": 85, "critic": 139}
    assert step.reward.shape == step.terminated.shape == step.truncated.shape == (3,)
    assert not step.truncated.any()
    assert step.truncated_obs == {}
    assert all(value.ndim == 0 for value in step.log.values())
    assert all(obs.dtype == torch.float32 for obs in step.obs.values())


def test_a_restart_on_the_reference_is_exact(make_env: MakeEnv, lib: MotionLib) -> None:
    env = make_env(EnvConfig())
    place(env, 1, 30)
    state, reference = env.sim.state(), env.command.reference()
    torch.testing.assert_close(state.body_pos, reference.body_pos, atol=1e-5, rtol=0)
    torch.testing.assert_close(state.dof_vel, reference.dof_vel, atol=1e-5, rtol=0)
    assert env.command.frames.tolist() == [30] * 4
    assert torch.equal(reference.dof_pos[0], lib.states.dof_pos[120 + 30])


def test_the_reward_of_a_step_is_about_the_frame_it_reaches(
    make_env: MakeEnv, quiet: EnvConfig
) -> None:
    env = make_env(quiet)
    place(env, 1, 30)
    step = env.step(zeros(env))
    assert env.command.frames.tolist() == [31] * 4
    away = env.sim.state().body_pos[:, 0] - env.command.reference().body_pos[:, 0]
    assert step.log["metric/error_anchor_pos"].item() == pytest.approx(
        away.norm(dim=-1).mean().item(), rel=1e-4
    )
    joints = (env.sim.state().dof_pos - env.command.reference().dof_pos).norm(dim=-1).mean()
    assert step.log["metric/error_joint_pos"].item() == pytest.approx(joints.item(), rel=1e-4)


def test_the_command_is_the_frame_to_be_reached(make_env: MakeEnv, lib: MotionLib) -> None:
    env = make_env()
    place(env, 1, 30)
    command = env.observe()["actor"][0, :14]
    torch.testing.assert_close(command, lib.states.dof_pos[120 + 31])


def test_logged_terms_sum_to_the_reward(make_env: MakeEnv) -> None:
    env = make_env(EnvConfig(), num_envs=8)
    for _ in range(5):
        step = env.step(torch.randn(8, 14))
        terms = [value for name, value in step.log.items() if name.startswith("reward/")]
        assert len(terms) == 9
        torch.testing.assert_close(torch.stack(terms).sum(), step.reward.mean())


def test_no_episode_crosses_a_clip_boundary(make_env: MakeEnv, quiet: EnvConfig) -> None:
    env = make_env(quiet)
    place(env, 2, 0)
    for frame in range(1, 9):
        step = env.step(zeros(env))
        assert env.command.frames.tolist() == [frame] * 4
        assert not step.truncated.any()
    step = env.step(zeros(env))
    assert step.truncated.all()
    assert not step.terminated.any()
    assert step.log["termination/clip_end"] == 1.0
    assert (env.command.frames == 0).all(), "started anew"


def test_crossing_clips_when_asked(make_env: MakeEnv, quiet: EnvConfig) -> None:
    env = make_env(replace(quiet, command=MotionCommandConfig(cross_clips=True)))
    place(env, 0, 118)
    env.step(zeros(env))
    assert (env.command.motion_ids.tolist(), env.command.frames.tolist()) == ([0] * 4, [119] * 4)
    step = env.step(zeros(env))
    assert (env.command.motion_ids.tolist(), env.command.frames.tolist()) == ([1] * 4, [0] * 4)
    assert not step.truncated.any()
    place(env, 2, 8)
    assert env.step(zeros(env)).truncated.all(), "the library's end is an end"


def test_time_out_is_truncation(make_env: MakeEnv, quiet: EnvConfig) -> None:
    env = make_env(replace(quiet, episode_s=0.1))
    place(env, 0, 3)
    outcomes = [env.step(zeros(env)) for _ in range(5)]
    assert [bool(step.truncated.all()) for step in outcomes] == [False] * 4 + [True]
    assert outcomes[-1].log["termination/time_out"] == 1.0
    assert outcomes[-1].log["termination/clip_end"] == 0.0


def test_bootstrap_observation_is_that_of_the_end(make_env: MakeEnv, quiet: EnvConfig) -> None:
    ended, going = make_env(replace(quiet, episode_s=0.1)), make_env(quiet)
    for env in (ended, going):
        place(env, 0, 3)
        for _ in range(4):
            env.step(zeros(env))
    last = ended.step(zeros(ended))
    final = last.truncated_obs["critic"]
    torch.testing.assert_close(final, going.step(zeros(going)).obs["critic"])
    assert (last.obs["critic"] - final).abs().max() > 1e-3


def test_falling_terminates_and_starts_anew(make_env: MakeEnv) -> None:
    env = make_env(num_envs=2)
    place(env, 0, 0)
    tilted = env.sim._qpos  # lay one robot on its side
    tilted[1, 3:7] = [math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0]
    step = env.step(zeros(env))
    assert step.terminated.tolist() == [False, True]
    assert step.log["termination/anchor_tilt"] == 0.5
    assert env.command.frames[0] == 1
    assert env.command.frames[1] == 0
    assert env.step(zeros(env)).terminated.tolist() == [False, False]


def test_an_unstable_state_is_reset_with_its_cause_in_the_log(
    make_env: MakeEnv, caplog: pytest.LogCaptureFixture
) -> None:
    env = make_env(num_envs=3)
    place(env, 0, 0)
    env.sim._qvel[1, 0] = np.nan
    with caplog.at_level(logging.WARNING):
        step = env.step(zeros(env))
    assert step.terminated.tolist() == [False, True, False]
    assert step.log["termination/unstable"].item() == pytest.approx(1 / 3)
    assert "BADQVEL 1" in caplog.text
    for obs in (*step.obs.values(), step.reward):
        assert obs.isfinite().all()
    caplog.clear()
    after = env.step(zeros(env))
    assert not after.terminated.any()
    assert caplog.text == ""


def test_failures_feed_the_sampler(make_env: MakeEnv, quiet: EnvConfig) -> None:
    config = replace(quiet, failures=mimic_failures())
    eager = MotionCommandConfig(sampling=SamplingConfig(alpha=1.0))
    env = make_env(replace(config, command=eager), num_envs=2)
    place(env, 1, 40)
    env.sim._qpos[:, 3:7] = [math.sqrt(0.5), math.sqrt(0.5), 0.0, 0.0]
    step = env.step(zeros(env))
    failed = failures_by_motion(env.state_dict()["command"]["sampler"])
    torch.testing.assert_close(failed["sway"], torch.tensor([0.0, 2.0]))
    assert step.log["sampling_top1_prob"] > 0.4
    other = make_env(config, num_envs=2)
    other.load_state_dict(env.state_dict())
    restored = failures_by_motion(other.state_dict()["command"]["sampler"])
    torch.testing.assert_close(restored["sway"], torch.tensor([0.0, 2.0]))


def test_without_auto_reset_the_last_frame_is_held(make_env: MakeEnv, quiet: EnvConfig) -> None:
    env = make_env(quiet)
    env.auto_reset = False
    place(env, 2, 7)
    frames = []
    for _ in range(4):
        step = env.step(zeros(env))
        frames.append(int(env.command.frames[0]))
    assert frames == [8, 9, 9, 9]
    assert step.truncated.all()


def test_actions_about_the_reference_aim_at_the_next_frame(
    make_env: MakeEnv, quiet: EnvConfig, lib: MotionLib
) -> None:
    env = make_env(replace(quiet, action=ActionConfig(base="reference", scale=0.25)))
    place(env, 1, 30)
    torch.testing.assert_close(
        env.targets_from_actions(zeros(env))[0], lib.states.dof_pos[120 + 31]
    )
    one = env.targets_from_actions(torch.ones(4, 14))[0]
    torch.testing.assert_close(one, lib.states.dof_pos[120 + 31] + 0.25)


def test_step_targets_is_step_without_the_action_map(make_env: MakeEnv, quiet: EnvConfig) -> None:
    by_action, by_target = make_env(quiet), make_env(quiet)
    actions = 0.2 * torch.ones(4, 14)
    for env in (by_action, by_target):
        place(env, 0, 0)
    first = by_action.step(actions)
    second = by_target.step_targets(by_target.targets_from_actions(actions), actions)
    torch.testing.assert_close(first.obs["critic"], second.obs["critic"], rtol=0, atol=0)
    torch.testing.assert_close(first.reward, second.reward, rtol=0, atol=0)
    blind = by_target.step_targets(by_target.targets_from_actions(actions))
    assert blind.obs["actor"][:, -14:].abs().max() == 0.0


def test_drive_moves_like_a_step_and_sees_what_is_asked_for(
    make_env: MakeEnv, quiet: EnvConfig
) -> None:
    stepped, driven = make_env(quiet), make_env(quiet)
    stepped.auto_reset = False
    actions, moving = 0.2 * torch.ones(4, 14), torch.tensor([1, 2])
    for env in (stepped, driven):
        place(env, 0, 0)
    before = driven.sim.state().dof_pos.clone()
    first = stepped.step(actions)
    driven.drive(driven.targets_from_actions(actions), actions, env_ids=moving)
    seen = driven.observe(("actor",))
    assert list(seen) == ["actor"]
    assert driven.observe(()) == {}
    torch.testing.assert_close(seen["actor"][1:3], first.obs["actor"][1:3], rtol=0, atol=0)
    assert torch.equal(driven.sim.state().dof_pos[[0, 3]], before[[0, 3]])
    assert torch.equal(driven.command.frames, stepped.command.frames)


def test_action_rate_starts_from_zero_and_ends_with_the_episode(
    make_env: MakeEnv, quiet: EnvConfig
) -> None:
    env = make_env(quiet)
    place(env, 0, 0)
    actions = 0.1 * torch.ones(4, 14)
    penalties = [env.step(actions).log["reward/action_rate"].item() for _ in range(2)]
    assert penalties[0] == pytest.approx(-0.1 * 14 * 0.01 * 0.02)
    assert penalties[1] == 0.0
    place(env, 0, 0)
    assert env.step(actions).log["reward/action_rate"].item() == pytest.approx(penalties[0])


def test_encoder_bias_shifts_what_is_read_and_what_is_reached(
    make_env: MakeEnv, quiet: EnvConfig
) -> None:
    biased = replace(quiet, randomization=replace(quiet.randomization, joint_bias=0.02))
    env = make_env(biased, num_envs=16)
    place(env, 0, 0)
    read = env.observe()["actor"][:, 28 + 15 : 28 + 15 + 14]
    truth = env.observe()["critic"][:, 28 + 15 : 28 + 15 + 14]
    bias = read - truth
    assert 0.01 < bias.abs().max() <= 0.02
    for _ in range(25):
        env.step(zeros(env))
    unbiased = make_env(quiet, num_envs=16)
    place(unbiased, 0, 0)
    for _ in range(25):
        unbiased.step(zeros(unbiased))
    shift = env.sim.state().dof_pos - unbiased.sim.state().dof_pos
    assert torch.corrcoef(torch.stack((shift.flatten(), -bias.flatten())))[0, 1] > 0.8


def test_pushes_move_robots(make_env: MakeEnv, quiet: EnvConfig) -> None:
    pushed = make_env(replace(quiet, push=PushConfig(interval_s=(0.05, 0.1))), num_envs=8)
    calm = make_env(quiet, num_envs=8)
    for env in (pushed, calm):
        place(env, 0, 0)
        for _ in range(10):
            env.step(zeros(env))
    speed = pushed.sim.state().body_lin_vel[:, 0].norm(dim=-1)
    assert speed.mean() > 4 * calm.sim.state().body_lin_vel[:, 0].norm(dim=-1).mean()


def test_same_seed_same_episodes(make_env: MakeEnv) -> None:
    runs = []
    for seed in (1, 1, 2):
        env = make_env(EnvConfig(), num_envs=8, seed=seed)
        rewards = [env.step(0.3 * torch.ones(8, 14)).reward for _ in range(20)]
        runs.append(torch.stack(rewards))
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_properties_reach_the_simulator(make_env: MakeEnv, quiet: EnvConfig) -> None:
    friction = RandomizationConfig(
        foot_friction=(0.3, 0.4), anchor_com=(0.0, 0.0, 0.0), joint_bias=0.0
    )
    env = make_env(replace(quiet, randomization=friction), num_envs=8)
    sole = env.sim.model.geom("left_sole").id
    drawn = env.sim._batch.expand("geom_friction")[:, sole, 0]
    assert (drawn >= 0.3).all()
    assert (drawn <= 0.4).all()
    assert len(set(drawn.tolist())) == 8


def test_steps_may_mix_inference_mode_and_not(make_env: MakeEnv) -> None:
    env = make_env(EnvConfig())
    with torch.inference_mode():
        for _ in range(3):
            env.step(zeros(env))
    env.step(zeros(env))
    env.reset()


def test_a_library_of_another_rate_is_resampled(
    make_env: MakeEnv, microduck: Robot, standing_clip: Callable
) -> None:
    from motionlib.library import library_from_motions

    clip = standing_clip(microduck, frames=61, sway=0.05)
    slow = replace(clip, fps=25.0)
    env = make_env(library=library_from_motions([slow]))
    assert env.lib.num_frames.tolist() == [121]
    place(env, 0, 60)
    torch.testing.assert_close(
        env.command.reference().dof_pos[0], clip.dof_pos[30], atol=1e-5, rtol=0
    )


def test_standing_is_easy(make_env: MakeEnv) -> None:
    """Held in its default pose the robot stays up and close: the whole chain fits together."""
    env = make_env()
    place(env, 0, 0)
    for _ in range(100):
        step = env.step(zeros(env))
        assert not step.terminated.any()
    assert step.log["metric/error_anchor_pos"] < 0.02
    assert step.log["metric/error_body_pos"] < 0.01


def test_a_step_hands_out_what_was_before_the_reset(make_env: MakeEnv, quiet: EnvConfig) -> None:
    env = make_env(replace(quiet, randomization=RandomizationConfig()))
    place(env, 2, 8)
    before, following = env.reached(), torch.full((4, 14), 0.1)
    targets = env.targets_from_actions(following)
    step = env.step(following)
    assert step.truncated.all()
    assert (env.command.frames != 9).all(), "started anew"
    end = env.lib.states.dof_pos[180 + 9]
    torch.testing.assert_close(step.before.goal.reference.dof_pos, end.expand(4, -1))
    assert torch.equal(step.before.action, following)
    assert step.before.last_action.abs().max() == 0.0
    torch.testing.assert_close(step.before.dof_target, targets)
    away = (step.before.robot.dof_pos - before.robot.dof_pos).abs().max()
    assert 1e-4 < away < 0.2, "one step later, not a new episode"
    contacts, torque = step.before.self_contacts.clone(), step.before.dof_torque.clone()
    assert torque.abs().max() > 0.0
    env.reset()
    assert torch.equal(step.before.dof_torque, torque), "valid until the next step"
    assert torch.equal(step.before.self_contacts, contacts)
    hidden = step.before.hidden
    assert hidden["joint_bias"].shape == (4, 14)
    assert {"foot_friction", "command_delay", "anchor_com_offset"} <= set(hidden)


def style(history: int) -> Group:
    return Group(views={"dof_pos": View(), "dof_vel": View()}, history=history, after_step=True)


def test_a_group_after_the_step_sees_an_episode_s_last_transition(
    make_env: MakeEnv, quiet: EnvConfig
) -> None:
    config = replace(quiet, observations={**quiet.observations, "style": style(1)})
    env = make_env(config)
    assert env.obs_dims["style"] == 2 * 28
    place(env, 2, 8)
    pose = torch.as_tensor(env.robot.default_dof_pos, dtype=torch.float32)
    begun = env.sim.state().dof_pos - pose
    step = env.step(zeros(env))
    assert step.truncated.all()
    first, last = step.after["style"].unflatten(-1, (2, 28)).unbind(1)
    torch.testing.assert_close(first[:, :14], begun)
    torch.testing.assert_close(last[:, :14], step.before.robot.dof_pos - pose)
    assert "style" not in step.obs
    new = env.sim.state().dof_pos - pose
    again = env.step(zeros(env)).after["style"].unflatten(-1, (2, 28))[:, 0]
    torch.testing.assert_close(again[:, :14], new)


def test_demonstrations_are_the_same_groups_on_the_reference(
    make_env: MakeEnv, quiet: EnvConfig, lib: MotionLib
) -> None:
    config = replace(quiet, observations={**quiet.observations, "style": style(2)})
    env = make_env(config)
    found = env.demonstrations(500)
    assert {name: tuple(x.shape) for name, x in found.items()} == {"style": (500, 3 * 28)}
    pose = torch.as_tensor(env.robot.default_dof_pos, dtype=torch.float32)
    frames = torch.cat((lib.states.dof_pos - pose, lib.states.dof_vel), dim=-1)
    windows = torch.cat((frames[:-2], frames[1:-1], frames[2:]), dim=-1)
    inside = [r for r in range(len(windows)) if r not in {118, 119, 178, 179}]
    nearest = (found["style"][:, None] - windows[inside]).abs().amax(-1).amin(-1)
    assert nearest.max() < 1e-4, "windows within clips"


def test_histories_end_with_their_episode(make_env: MakeEnv, quiet: EnvConfig) -> None:
    seen = Group(views={"dof_pos": View()}, history=2)
    config = replace(quiet, observations={"actor": seen}, bootstrap=("actor",))
    env = make_env(config)
    place(env, 2, 7)
    start = env.observe()["actor"]
    torch.testing.assert_close(start[:, :14], start[:, 28:])
    one = env.step(0.5 + zeros(env)).obs["actor"]
    torch.testing.assert_close(one[:, :28], start[:, 14:])
    last = env.step(0.5 + zeros(env))
    assert last.truncated.all()
    torch.testing.assert_close(last.truncated_obs["actor"][:, :28], one[:, 14:])
    rows = last.obs["actor"]
    torch.testing.assert_close(rows[:, :14], rows[:, 28:])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"episode_s": 0.02}, r"env\.episode_s is 0\.02, expected two control steps of 0\.02 s"),
        (
            {"randomization": RandomizationConfig(command_delay=4)},
            r"env\.randomization\.command_delay is 4, expected 0 to 3",
        ),
        ({"end_bodies": ("left_foott",)}, r"env\.end_bodies has 'left_foott'.*left_foot"),
    ],
)
def test_what_does_not_fit_the_simulator_is_refused(
    make_env: MakeEnv, quiet: EnvConfig, change: dict, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        make_env(replace(quiet, **change))


def test_a_command_that_follows_motions_needs_some(microduck: Robot, quiet: EnvConfig) -> None:
    simulator = MujocoSimulator(microduck, SimulatorConfig(num_threads=1), num_envs=1)
    with pytest.raises(ConfigError, match=r"env\.command follows motions, but none are given"):
        Environment(quiet, microduck, simulator)


def test_an_environment_goes_on_from_its_state(make_env: MakeEnv, tmp_path: Path) -> None:
    command = MotionCommandConfig(sampling=SamplingConfig(alpha=0.5))
    groups = {
        **EnvConfig().observations,
        "style": Group(views={"dof_pos": View()}, history=2, after_step=True),
        "past": Group(views={"dof_pos": View(noise=0.1)}, history=3),
    }
    config = EnvConfig(
        command=command,
        observations=groups,
        episode_s=0.3,
        push=PushConfig(interval_s=(0.05, 0.2)),
        randomization=RandomizationConfig(command_delay=2, anchor_com=(0.01, 0.02, 0.03)),
    )
    generator = torch.Generator().manual_seed(1)
    actions = 2.0 * torch.randn(50, 4, 14, generator=generator)
    env, other = make_env(config), make_env(config, seed=8)
    for each in actions[:25]:
        env.step(each)
    torch.save(env.state_dict(), tmp_path / "state.pt")
    assert other.load_state_dict(torch.load(tmp_path / "state.pt", weights_only=True))
    ended = 0
    for each in actions[25:]:
        one, two = env.step(each), other.step(each)
        ended += int((one.terminated | one.truncated).sum())
        for name, obs in (one.obs | one.after).items():
            assert torch.equal(obs, (two.obs | two.after)[name]), name
        assert torch.equal(one.reward, two.reward)
        assert torch.equal(one.truncated, two.truncated)
        assert all(torch.equal(value, two.log[name]) for name, value in one.log.items())
    assert ended > 4, "no episode began anew: the case tells little"
    for name, value in env._hidden.items():
        assert torch.equal(value, other._hidden[name]), name


def test_without_a_state_of_the_engine_episodes_begin_anew(make_env: MakeEnv) -> None:
    env, other = make_env(EnvConfig()), make_env(EnvConfig(), seed=3)
    for _ in range(3):
        env.step(zeros(env))
    state = env.state_dict()
    del state["episodes"]
    assert not other.load_state_dict(state)
    assert other._steps.tolist() == [0] * 4


@pytest.mark.parametrize("what", ["actions", "rewards", "observations of actor"])
def test_a_number_that_is_none_names_robot_and_motion(
    make_env: MakeEnv, quiet: EnvConfig, what: str
) -> None:
    env = make_env(quiet)
    every = torch.arange(4)
    at = torch.tensor([0, 1, 0, 1]), torch.tensor([5, 30, 7, 9])
    env.restart(every, env.command.place(every, *at))
    env.observe()
    before = env.sim.state().dof_pos[1].clone()
    actions = zeros(env)
    if what == "actions":
        actions[1, 3] = torch.nan
    elif what == "rewards":
        judged = env._rewards

        def spoiled(now):
            terms = judged(now).clone()
            terms[1, 0] = torch.inf
            return terms

        env._rewards = spoiled
    else:
        views = env._seen["actor"]._views
        first, second_robot = views[0], torch.arange(4).unsqueeze(-1) == 1
        views[0] = lambda now: torch.where(second_robot, torch.nan, first(now))
    with pytest.raises(TrainingDivergedError) as error:
        env.step(actions)
    assert what in str(error.value).split(" became infinite or NaN in 1 of 4")[0]
    assert "environment 1, sway at 0.62 s: " in str(error.value)
    states = error.value.states
    assert states is not None
    assert states.env_ids.tolist() == [1]
    assert what in states.reasons[0]
    np.testing.assert_array_equal(states.dof_pos[0, 0], before.numpy())
    assert states.robot_name == "microduck"
    env.auto_reset = False
    env.step(zeros(env))  # an evaluation looks at such states itself
