import torch

from motionlib.library import MotionLib
from training.building import build_evaluation_env
from training.config import Experiment
from training.envs.presets import small_biped_config
from training.scoring import score_policy, scored_motions


def test_motions_are_spread_over_the_library() -> None:
    assert scored_motions(3, 10).tolist() == [0, 1, 2]
    assert scored_motions(101, 3).tolist() == [0, 50, 100]
    assert scored_motions(1, 1).tolist() == [0]


def test_standing_scores_near_one_and_a_fall_near_nothing(small_lib: MotionLib) -> None:
    robot = small_lib.robot
    experiment = Experiment(name="x", robot=robot.name, env=small_biped_config())
    env = build_evaluation_env(experiment, small_lib, robot, num_envs=1)
    stand = torch.tensor([0])

    def still(obs):
        return torch.zeros(1, env.num_actions)

    def kick(obs):
        return torch.full((1, env.num_actions), 8.0)

    good = score_policy(env, still, motion_ids=stand, seconds=10.0)
    bad = score_policy(env, kick, motion_ids=stand, seconds=10.0)
    glide = score_policy(env, still, motion_ids=torch.tensor([1]), seconds=10.0)
    assert good.value > 0.95
    assert good.survived == 1.0
    assert good.global_error < 0.01
    assert bad.value < good.value
    assert glide.survived == 1.0
    assert glide.global_error > 0.04  # 0.2 m/s for .9 s, on average .09 m behind
    assert glide.value < good.value
    again = score_policy(env, still, motion_ids=stand, seconds=10.0)
    assert again == good
