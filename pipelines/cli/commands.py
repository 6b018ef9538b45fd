"""The commands of `motion` in their groups, with the examples that their help shows."""

from collections.abc import Mapping
from typing import Any

from pipelines.cli.ablate import Ablate
from pipelines.cli.artifacts import Artifacts, Pull
from pipelines.cli.concat import Concat
from pipelines.cli.convert import Convert
from pipelines.cli.demo import Demo
from pipelines.cli.diagnosis import Doctor
from pipelines.cli.explain import Explain
from pipelines.cli.importing import Import
from pipelines.cli.inspecting import Inspect
from pipelines.cli.lib import LibCommand
from pipelines.cli.listing import List
from pipelines.cli.new import New
from pipelines.cli.pack import Pack
from pipelines.cli.programs import PROGRAMS
from pipelines.cli.publish import Publish
from pipelines.cli.report import ReportCommand
from pipelines.cli.retarget import RetargetCommand
from pipelines.cli.robots import RobotCommand
from pipelines.cli.run import Run
from pipelines.cli.synthesize import Synthesize
from pipelines.cli.synthesize_amass import SynthesizeAmass
from pipelines.cli.ui import Ui
from pipelines.cli.verify import Verify

HEADLINE = """\
Motion workbench: reference motions go in; a policy that follows them, and a table with one row a
motion, come out. Every stage is checked, versioned by its content and traceable to its sources."""
CLOSING = """\
first steps:
  motion demo                    the MicroDuck learns to walk: the whole graph, under ten minutes
  motion ui                      its graph, checks, plots and reports in the browser
  motion list                    recipes, robots, artifacts and policies that are there
  motion COMMAND --help          what a command does, with examples

Exit status: 0 done; 1 done, but something was rejected or missed; 2 nothing done, with the reason.
--debug (or MOTION_DEBUG=1) shows where in the code an error arose; --version says which this is.
motion --tyro-print-completion bash|zsh|tcsh prints what completes commands and flags in your shell."""

GROUPS: Mapping[str, Mapping[str, type[Any]]] = {
    "data": {
        "import": Import,
        "inspect": Inspect,
        "synthesize": Synthesize,
        "synthesize-amass": SynthesizeAmass,
        "convert": Convert,
        "concat": Concat,
        "pack": Pack,
        "lib": LibCommand,
    },
    "retarget": {"retarget": RetargetCommand, "robot": RobotCommand},
    "train": {"demo": Demo, "new": New, "run": Run, "ablate": Ablate, **PROGRAMS},
    "see": {
        "list": List,
        "ui": Ui,
        "report": ReportCommand,
        "explain": Explain,
        "artifacts": Artifacts,
    },
    "operate": {"doctor": Doctor, "publish": Publish, "pull": Pull, "verify": Verify},
}
"""What a person wants to do to the commands for it, as the help shows them."""
COMMANDS: Mapping[str, type[Any]] = {
    name: kind for group in GROUPS.values() for name, kind in group.items()
}

EXAMPLES = {
    "convert": (
        "motion convert reference_motions.pkl --robot microduck --output-dir npz",
        "motion convert reference_motions.pkl --robot microduck --output-dir npz \\\n"
        "      --motion-keys 0.1_0.0_0.0 0.0_0.0_0.0 --min-seconds 10",
        "motion convert mine.pkl --robot my_duck/robot.yaml --output-dir npz \\\n"
        "      --body-names trunk_base left_foot right_foot",
    ),
    "concat": (
        "motion concat npz --output walk.npz --strategy edges",
        "motion concat npz --output two.npz --motion-files 0.1_0.0_0.0 0.0_0.0_0.0 --blend 0.3",
        "motion concat --output two.npz --motion-files a/stand.npz b/walk.npz",
    ),
    "pack": (
        "motion pack npz --output walk.pt",
        "motion pack clips/*.npz --output g1.pt --layout protomotions --fps 30",
    ),
    "lib": (
        "motion lib merge kit.pt cmu.pt --output both.pt --prefix kit/ cmu/",
        "motion lib subset both.pt --output walks.pt --glob '*walk*' --random 100 --seed 1",
        "motion lib reweight both.pt --weights weights.csv --output both.pt",
        "motion lib rename both.pt --names names.csv --output renamed.pt",
        "motion lib split both.pt --fractions 0.8 0.1 0.1 --output-dir parts",
    ),
    "publish": (
        "motion publish walk.npz --name microduck-walk",
        "motion publish walk.npz --name microduck-walk --alias best --alias demo",
        "motion publish walk.npz --name microduck-walk --registry wandb --link",
    ),
    "pull": (
        "motion pull microduck-walk",
        "motion pull me/motions/microduck-walk:v3 --output-dir here",
    ),
    "artifacts": ("motion artifacts", "motion artifacts microduck-walk:v3"),
    "doctor": ("motion doctor", "MOTION_HOME=/data/motion motion doctor"),
    "verify": ("motion verify", "motion verify --home /data/motion"),
    "import": (
        "motion import g1_csv --robot g1 --output g1.pt",
        "motion import dance.csv --robot g1 --quat-order xyzw --output clips --output-fps 50",
    ),
    "inspect": ("motion inspect walk.npz", "motion inspect walk.pt --robot microduck --json"),
    "explain": (
        "motion explain CMU/01/01_01_poses",
        "motion explain CMU/01/01_01_poses --recipe amass_smpl",
    ),
    "synthesize": (
        "motion synthesize microduck --output reference_motions.pkl",
        "motion synthesize my_duck/robot.yaml --output mine.pkl --dx -0.2 0.2 9 --dy 0 0 1",
    ),
    "new": (
        "motion new my_dances --robot g1 --source recordings",
        "motion new my_walk --robot microduck --source reference_motions.pkl --folder my_recipes",
        "motion new mine --robot my_robot/robot.yaml --source /data/amass --kind amass",
    ),
    "run": (
        "motion run microduck_walk",
        "motion run my_recipes/my_walk.yaml",
        "AMASS_ROOT=/data/amass motion run amass_g1",
    ),
    "train": (
        "motion train --experiment-path training/experiments/mimic/microduck.py \\\n"
        "      --registry-name microduck-walk --experiment-name mine --training-max-steps 5000000",
        "motion train --experiment-path mine.py --motion-file walk.pt --overrides agent.gamma=0.97",
    ),
    "evaluate": (
        "motion evaluate --checkpoint .motion/results/mine/score_based.ckpt --full-eval",
        "motion evaluate --checkpoint .motion/results/mine/last.ckpt --motion 0.1_0.0_0.0",
    ),
    "list": ("motion list", "motion list robots", "motion list policies"),
    "ablate": ("motion ablate gains.yaml --dry", "motion ablate gains.yaml"),
    "report": (
        "motion report compare microduck_walk other/per_motion.parquet",
        "motion report compare seed0 seed1 seed2 --by dataset --table differences.csv",
        "motion report compare mine theirs.json --columns mpjpe_mm=body_pos_error_mean*0.001",
        "motion report worst microduck_walk --by joint_error_mean --count 5",
        "motion report history mine --columns success_rate --output history.png",
    ),
    "demo": ("motion demo", "motion demo retarget", "motion demo g1"),
    "synthesize-amass": (
        "motion synthesize-amass --output amass --clips 200 --seconds 2 8",
        "motion synthesize-amass --output amass --clips 10000 --seed 1 --processes 2 --bad",
    ),
    "ui": ("motion ui", "motion ui --port 3001"),
    "robot": (
        "motion robot list",
        "motion robot init my_duck/robot.urdf",
        "motion robot check my_duck/robot.yaml",
    ),
    "retarget": (
        "motion retarget recordings --robot g1 --output g1",
        "motion retarget smpl.pt --robot h1_2 --output h1_2 --format pt npz",
        "motion retarget walk.bvh --robot microduck --output duck --fps 50",
        "motion retarget clips --source g1 --robot h1 --pair g1_to_h1.yaml --output h1",
        "motion retarget init --robot my_duck/robot.yaml --source smpl",
        "motion retarget report g1 --other g1_mink",
        "motion retarget film g1 --clip CMU/01/01_01_walk_poses --output walk.gif",
    ),
}
"""Command to command lines that a test parses; words before `motion` set the environment."""
