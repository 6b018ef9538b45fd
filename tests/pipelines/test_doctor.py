import os
from importlib import metadata
from pathlib import Path

import pytest

from motionlib.home import mark_home
from motionlib.sealed import write_sealed
from pipelines import doctor
from pipelines.doctor import VARIABLES, Finding, examine, in_bytes, requirements, size_of


def by_name(findings: list[Finding] | None = None) -> dict[str, Finding]:
    return {each.name: each for each in (examine() if findings is None else findings)}


@pytest.fixture
def bare(motion_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return motion_home


def test_a_sound_installation_misses_nothing(bare: Path) -> None:
    found = by_name()
    assert [name for name, each in found.items() if each.needed] == []
    assert found["torch"].found == metadata.version("torch")
    assert "threads on" in found["CPU"].found
    assert found["MOTION_HOME"].found.startswith(f"{bare}, not made yet, ")
    assert all(found[name].found == "not set" for name in VARIABLES)


def test_a_missing_or_another_package_is_told_with_the_remedy(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = ["numpy>=2.0", "mujoco==0.0.1", "no-such-package[fast]>=3", "rich>=13"]
    monkeypatch.setattr(doctor, "requirements", lambda: needed)
    found = by_name()
    broken = {name: each for name, each in found.items() if each.needed}
    assert set(broken) == {"mujoco", "no-such-package"}
    assert broken["mujoco"].found == metadata.version("mujoco")
    assert "mujoco==0.0.1 is needed: make setup" in broken["mujoco"].advice
    assert broken["no-such-package"].found == "missing"
    assert found["others"].found.startswith("1 package")


def test_an_old_interpreter_is_told(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor.sys, "version_info", (3, 10, 1))
    assert by_name()["python"].needed


def test_what_a_missing_extra_would_give(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = doctor.util.find_spec
    monkeypatch.setattr(
        doctor.util, "find_spec", lambda name: None if name == "mink" else find(name)
    )
    missing = by_name()["mink"]
    assert (missing.found, missing.needed) == ("missing", False)
    assert "--method mink" in missing.advice
    assert "pip install -e '.[mink]'" in missing.advice


def test_the_requirements_are_those_of_the_checkout() -> None:
    assert any(each.startswith("torch==") for each in requirements())
    assert not any("pytest" in each for each in requirements())


def test_a_home_is_weighed_and_a_newer_one_told(bare: Path) -> None:
    mark_home(bare)
    (bare / "cache").mkdir()
    (bare / "cache" / "a").write_bytes(bytes(3_000_000))
    os.link(bare / "cache" / "a", bare / "cache" / "same")
    (bare / "cache" / "link").symlink_to(bare / "cache" / "a")
    assert ", 3 MB, " in by_name()["MOTION_HOME"].found
    assert 3_000_000 < size_of(bare) < 3_010_000
    write_sealed(bare / "home.json", {"version": 99})
    assert by_name()["version"].needed


def test_a_home_that_cannot_be_written(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare.write_text("a file")
    found = by_name()["MOTION_HOME"]
    assert found.needed
    assert "set MOTION_HOME" in found.advice


def test_a_variable_that_names_no_folder(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTION_RECIPES", str(bare / "gone"))
    monkeypatch.setenv("AMASS_ROOT", str(bare / "gone"))
    found = by_name()
    assert (found["MOTION_RECIPES"].needed, found["AMASS_ROOT"].needed) == (True, False)
    assert "names no folder" in found["AMASS_ROOT"].advice


def test_sizes_have_units() -> None:
    assert [in_bytes(n) for n in (0, 999, 12_345, 3.4e9, 2e12)] == [
        "0 bytes",
        "999 bytes",
        "12.3 kB",
        "3.4 GB",
        "2 TB",
    ]
