import io
import pickle
import random
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from motionlib.errors import FormatError, RobotError
from motionlib.robot import Robot
from training.checkpoint import (
    CHECKPOINT_FORMAT,
    UNNOTED,
    load_checkpoint,
    load_policy,
    save_checkpoint,
)
from training.learning_code import learning_code
from training.sealing import sealed
from training.values import ConfigError, plain_from_value


class Hostile:
    def __reduce__(self):
        return (Path.touch, (Path("/tmp/should-never-exist"),))


def test_round_trip_acts_the_same(checkpoint: Path, tmp_path: Path) -> None:
    read = load_checkpoint(checkpoint)
    copy = tmp_path / "copy.ckpt"
    save_checkpoint(copy, read.facts, agent=read.agent, env=read.env, process=read.process)
    obs = {"actor": torch.randn(5, read.facts.obs_dims["actor"])}
    actions = load_policy(checkpoint).act(obs)
    assert actions.shape == (5, 14)
    assert torch.equal(actions, load_policy(copy).act(obs))
    assert load_checkpoint(copy).facts == read.facts
    assert read.process is not None
    assert torch.equal(load_checkpoint(copy).process["torch"], read.process["torch"])
    assert read.env["command"]["sampler"]


def test_a_checkpoint_says_by_what_it_was_trained(checkpoint: Path) -> None:
    facts = load_checkpoint(checkpoint).facts
    assert facts.velocity_rule == "forward_min3"
    assert facts.motions_fps == (50.0,)
    path = Path(__file__).resolve().parents[2] / "training/experiments/mimic/microduck.py"
    assert facts.learning_codes == (learning_code(path, facts.experiment()),)


def test_a_checkpoint_of_before_these_facts_is_read(checkpoint: Path, tmp_path: Path) -> None:
    read = load_checkpoint(checkpoint)
    plain = plain_from_value(read.facts)
    for name in ("velocity_rule", "motions_fps", "learning_codes"):
        del plain[name]
    content = {"format": CHECKPOINT_FORMAT, "version": 2, "facts": plain}
    save_sealed(tmp_path / "old.ckpt", {**content, "agent": read.agent, "env": read.env})
    old = load_checkpoint(tmp_path / "old.ckpt").facts
    assert (old.velocity_rule, old.motions_fps, old.learning_codes) == ("", (), ())
    assert old.step_count == read.facts.step_count


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        (("a",), "a", ("a",)),
        (("a",), "b", ("a", "b")),
        (("a", "b"), "a", ("a", "b", "a")),
        ((), "a", (UNNOTED, "a")),
        ((UNNOTED, "a"), "a", (UNNOTED, "a")),
    ],
)
def test_a_run_that_goes_on_remembers_every_code(
    checkpoint: Path, before: tuple[str, ...], now: str, after: tuple[str, ...]
) -> None:
    facts = load_checkpoint(checkpoint).facts
    stood = replace(facts, learning_codes=before, step_count=7, best_score=0.5)
    going = replace(facts, learning_codes=(now,), step_count=0, code_version="new")
    found = going.going_on(stood)
    assert found.learning_codes == after
    assert (found.step_count, found.best_score, found.code_version) == (7, 0.5, "new")


def test_a_policy_refuses_other_robots_and_sizes(
    checkpoint: Path, microduck: Robot, g1: Robot
) -> None:
    policy = load_policy(checkpoint)
    policy.check_robot(microduck)
    with pytest.raises(RobotError, match=r"trained on robot microduck .*, given g1"):
        policy.check_robot(g1)
    width = policy.facts.obs_dims["actor"]
    with pytest.raises(
        ValueError, match=f"actor have {width + 1} numbers, .* trained with {width}"
    ):
        policy.act({"actor": torch.zeros(1, width + 1)})
    policy.check_env({"actor": width, "critic": 1}, num_actions=14)
    with pytest.raises(ConfigError, match="and 12;"):
        policy.check_env({"actor": width, "critic": 1}, num_actions=12)
    with pytest.raises(ConfigError, match=f"observations actor {width} .* has actor 7 and 14"):
        policy.check_env({"actor": 7}, num_actions=14)


def save_sealed(path: Path, content: object) -> None:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    path.write_bytes(sealed(buffer.getvalue()))


def test_bad_files_are_refused_with_a_remedy(checkpoint: Path, tmp_path: Path) -> None:
    content = checkpoint.read_bytes()
    truncated = tmp_path / "truncated.ckpt"
    truncated.write_bytes(content[: len(content) // 2])
    old = tmp_path / "old.ckpt"
    torch.save({"format": "motion-workbench checkpoint", "version": 1}, old)
    foreign = tmp_path / "foreign.ckpt"
    save_sealed(foreign, {"model": torch.zeros(2)})
    hostile = tmp_path / "hostile.ckpt"
    save_sealed(hostile, {"format": Hostile()})
    plain_pickle = tmp_path / "pickle.ckpt"
    plain_pickle.write_bytes(pickle.dumps(Hostile()))
    empty = tmp_path / "empty.ckpt"
    empty.write_bytes(b"")
    for path, message in (
        (truncated, "is cut short"),
        (old, r"written by an older version or by another program; .* train anew"),
        (foreign, "format is not"),
        (hostile, "something else than tensors"),
        (plain_pickle, "no checkpoint at all"),
        (empty, "no checkpoint at all"),
        (tmp_path / "absent.ckpt", "no such checkpoint"),
    ):
        with pytest.raises(FormatError, match=message) as error:
            load_policy(path)
        assert path.name in str(error.value)
        assert len(str(error.value).splitlines()) == 1
        assert "weights_only" not in str(error.value)
    assert not Path("/tmp/should-never-exist").exists()


def test_plain_torch_reads_a_checkpoint(checkpoint: Path) -> None:
    for content in (
        torch.load(checkpoint, weights_only=True),
        torch.load(checkpoint, weights_only=True, mmap=True),
    ):
        assert content["version"] == 3
        weights = content["agent"]["networks"]["actor.mean_net.0.weight"]
        ours = load_checkpoint(checkpoint).agent["networks"]["actor.mean_net.0.weight"]
        assert torch.equal(weights, ours)


def test_no_changed_bit_is_used(checkpoint: Path, tmp_path: Path) -> None:
    content = checkpoint.read_bytes()
    generator = random.Random(11)
    last_bytes = range(8 * (len(content) - 120), 8 * len(content))
    bits = [*generator.choices(range(8 * len(content)), k=60), *generator.choices(last_bytes, k=40)]
    path = tmp_path / "flipped.ckpt"
    for bit in bits:
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        with pytest.raises(FormatError, match=r"flipped\.ckpt is ") as error:
            load_checkpoint(path)
        assert len(str(error.value).splitlines()) == 1
    path.write_bytes(content)
    assert load_checkpoint(path).facts == load_checkpoint(checkpoint).facts


def test_unknown_facts_and_versions_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    path = tmp_path / "x.ckpt"
    save_sealed(path, {**content, "facts": {**content["facts"], "colour": 1}})
    with pytest.raises(FormatError, match=r"facts\.colour is unknown"):
        load_checkpoint(path)
    save_sealed(path, {**content, "version": 99})
    with pytest.raises(FormatError, match="version is 99, this program reads 3; train anew"):
        load_checkpoint(path)


def test_weights_of_another_network_are_refused(checkpoint: Path, tmp_path: Path) -> None:
    read = load_checkpoint(checkpoint)
    path = tmp_path / "x.ckpt"
    facts = replace(read.facts, num_actions=3)
    save_checkpoint(path, facts, agent=read.agent, env=read.env)
    with pytest.raises(FormatError, match="do not fit"):
        load_policy(path)
