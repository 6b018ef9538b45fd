"""A model that would become much larger than its text is refused before MuJoCo makes it."""

from pathlib import Path

import pytest

from motionlib.errors import RobotError
from motionlib.robots.files import find_robot, robot_names
from motionlib.robots.xml_bounds import check_mjcf

BODY = '<mujoco><worldbody><body name="a">{}</body></worldbody></mujoco>'


def check(folder: Path, text: str) -> None:
    path = folder / "robot.xml"
    path.write_text(text)
    check_mjcf(path)


@pytest.mark.parametrize("name", robot_names())
def test_the_robots_that_come_along_pass(name) -> None:
    check_mjcf(find_robot(name).with_name("robot.xml"))


def test_a_few_copies_pass(tmp_path) -> None:
    check(tmp_path, BODY.format('<replicate count="5"><body><geom size="1"/></body></replicate>'))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("<mujoco", "MuJoCo cannot read it: no XML"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><mujoco/>', "DOCTYPE: expected elements only"),
        (BODY.format("<body>" * 300 + "</body>" * 300), "nested deeper than 200"),
        (BODY.format("<body/>" * 3000), "expected at most 2048 bodies"),
        (
            BODY.format('<replicate count="3000"><body/></replicate>'),
            "expected at most 2048 bodies",
        ),
        (
            BODY.format(
                '<replicate count="200"><replicate count="200"><geom/></replicate></replicate>'
            ),
            "replicate: expected count to make at most 10000 things, found 40000",
        ),
        (BODY.format('<flexcomp count="99 99 99"/>'), "flexcomp: expected count"),
        (BODY.format('\n<flexcomp file="a.stl"/>'), "line 2: flexcomp: names a file"),
        (BODY.format('<replicate count="99999999999999999999"/>'), "replicate: expected count"),
        (BODY.format('<hfield nrow="100000" ncol="100000"/>'), "hfield: expected nrow"),
        (BODY.format('<numeric size="999999999"/>'), "numeric: expected size"),
        (BODY.format('<model file="other.xml"/>'), "names another model"),
    ],
)
def test_what_would_be_made_is_counted(tmp_path, text, words) -> None:
    with pytest.raises(RobotError, match=words):
        check(tmp_path, text)


def test_included_files_are_looked_at(tmp_path) -> None:
    (tmp_path / "more.xml").write_text(BODY.format("<body/>" * 3000))
    with pytest.raises(RobotError, match="expected at most 2048 bodies"):
        check(tmp_path, '<mujoco><include file="more.xml"/><include file="robot.xml"/></mujoco>')
