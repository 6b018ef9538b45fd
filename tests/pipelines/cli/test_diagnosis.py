import pytest

from pipelines import doctor
from pipelines.doctor import Finding

SOUND = Finding(area="needed", name="torch", found="9.9")
ABSENT = Finding(area="extra", name="mink", found="missing", advice="gives --method mink")
BROKEN = Finding(area="needed", name="rich", found="missing", advice="make setup", needed=True)


@pytest.mark.parametrize(
    ("findings", "status", "said"),
    [
        ((SOUND, ABSENT), 0, "nothing that is needed is missing"),
        ((SOUND, BROKEN, ABSENT), 1, "to be mended: rich"),
    ],
)
def test_only_what_is_needed_costs_the_exit_status(motion, monkeypatch, findings, status, said):
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    done = motion("doctor")
    assert (done.status, done.errors) == (status, f"{said}\n")
    needed, extra = done.output.split("\n\n")
    assert needed.splitlines()[0] == "needed"
    assert ("! rich" in needed) == (status == 1)
    assert extra.splitlines()[0] == "extra"
    assert extra.splitlines()[2].split() == ["mink", "missing", "gives", "--method", "mink"]
