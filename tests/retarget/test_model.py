import numpy as np

from retarget.kernels import ROOT
from retarget.model import capsules_of, tree_of


def test_lineages_lead_from_the_root_to_each_dof(g1):
    tree = tree_of(g1)
    for unknown in range(ROOT + g1.num_dofs):
        line = tree.lineage[unknown, : tree.depth[unknown]]
        assert line[-1] == unknown
        assert (np.diff(line) > 0).all()
        assert (tree.lineage[unknown, tree.depth[unknown] :] == -1).all()
    elbow = ROOT + g1.dof_names.index("left_elbow_joint")
    names = [g1.dof_names[i - ROOT] for i in tree.lineage[elbow, ROOT : tree.depth[elbow]]]
    assert names[:3] == ["waist_yaw_joint", "waist_roll_joint", "waist_pitch_joint"]
    assert names[3:] == [f"left_{part}_joint" for part in (
        "shoulder_pitch", "shoulder_roll", "shoulder_yaw", "elbow",
    )]  # fmt: skip


def test_the_root_has_no_unknown_of_a_dof(g1):
    assert tree_of(g1).body_unknown[0] == -1
    assert (tree_of(g1).body_unknown[1:] >= ROOT).all()


def test_balls_are_joints_of_exponential_maps(g1, smpl):
    assert not tree_of(g1).ball.any()
    assert tree_of(smpl).ball[1:].all()


def test_capsules_belong_to_bodies_and_have_a_radius(g1):
    capsules = capsules_of(g1)
    assert len(capsules.body) > 10
    assert (capsules.radius > 0.0).all()
    assert capsules.body.max() < g1.num_bodies
