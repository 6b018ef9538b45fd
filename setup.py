"""What a wheel holds beside its packages: robots, sample motions, joint maps and the workspace.

Everything else stands in pyproject.toml.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py
from setuptools.errors import SetupError

_HERE = Path(__file__).resolve().parent
_BESIDE = ("data/robots", "data/motions", "data/yaml_files", "workspace.yaml")
"""Programs look for these beside their packages, in a checkout as in an installation."""


class BuildWithData(build_py):
    """Packages, and what they need beside them; an incomplete source is refused."""

    def run(self) -> None:
        """Build; an editable installation reads everything from the checkout itself."""
        missing = [name for name in _BESIDE if not (_HERE / name).exists()]
        if missing:
            raise SetupError(
                f"no {missing[0]} beside setup.py, and a wheel without it would have no robots or "
                "motions: build from a whole checkout"
            )
        super().run()
        if self.editable_mode:
            return
        for name in _BESIDE:
            source, target = _HERE / name, Path(self.build_lib) / name
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)


setup(cmdclass={"build_py": BuildWithData})
