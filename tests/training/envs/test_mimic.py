"""BeyondMimic's task as it is declared."""

from training.envs.measures import MEASURES
from training.envs.mimic import MIMIC_LOG, mimic_failures, mimic_observations, mimic_rewards


def test_tolerances_belong_to_squares_and_penalties_have_none() -> None:
    rewards = mimic_rewards()
    for term in rewards.values():
        assert ("²" in MEASURES[term.measure].unit) == (term.sigma > 0.0)
        assert (term.weight > 0.0) == (term.sigma > 0.0)
    assert sum(term.weight for term in rewards.values() if term.sigma) == 5.0


def test_the_actor_reads_encoders_and_the_critic_knows_the_truth() -> None:
    groups = mimic_observations()
    actor, critic = groups["actor"], groups["critic"]
    assert [view.name for view in actor.functions()][6] == "read_dof_pos"
    assert [view.name for view in critic.functions()][6] == "dof_pos"
    assert list(critic.views)[: len(actor.views)] == list(actor.views)
    assert all(view.noise == 0.0 for view in critic.views.values())
    quiet = {"target_dof_pos", "target_dof_vel", "last_action"}
    assert {name for name, view in actor.views.items() if not view.noise} == quiet
    other = mimic_observations({"dof_pos": 0.5})["actor"].views
    assert {name: view.noise for name, view in other.items() if view.noise} == {"dof_pos": 0.5}


def test_what_is_logged_and_what_fails_are_measures() -> None:
    assert set(MIMIC_LOG) <= set(MEASURES)
    assert list(mimic_failures()) == [
        "anchor_height",
        "anchor_tilt",
        "end_height",
        "anchor_distance",
        "anchor_angle",
    ]
