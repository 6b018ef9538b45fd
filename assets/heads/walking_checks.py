"""Blocking checks on the motions: one for each gate of the recipe, the schema and the books."""

import dagster as dg

from assets.common import key_of
from assets.heads.walking import BOOKS, CLIPS, CLIPS_TABLE
from assets.layers import Layer
from assets.previews import table_preview
from assets.recipes.walking import Recipe
from assets.tables import read_json, read_rows

_GATES = {
    "foot_slide": ("foot_slide_mean", "Feet in stance do not slide (m/s)."),
    "penetration": ("penetration_max", "Soles do not sink into the ground (m)."),
    "joint_limits": ("limit_excess_max", "Joints keep their limits (rad)."),
    "velocity_spikes": ("jump_frames", "No frame jumps (frames)."),
    "motor_speed": ("speed_ratio_max", "Joints keep their motors' speed (ratio)."),
}


def motion_checks(recipe: Recipe) -> list[dg.AssetChecksDefinition]:
    """Checks of `sampled_motions`."""
    gates = [_gate_check(recipe, name, *facts) for name, facts in _GATES.items()]
    return [*gates, _books_check(recipe), _schema_check(recipe)]


def _gate_check(
    recipe: Recipe, name: str, measure: str, description: str
) -> dg.AssetChecksDefinition:
    bound = getattr(recipe.gates, measure)

    @dg.asset_check(
        asset=key_of(recipe, "sampled_motions"),
        name=name,
        description=f"{description} Bound {bound:g}, {recipe.max_rejected} motions may exceed it.",
        blocking=True,
    )
    def check(sampled_motions: Layer) -> dg.AssetCheckResult:
        rows = [
            row for row in read_rows(sampled_motions.path / CLIPS_TABLE) if row[measure] is not None
        ]
        beyond = [row for row in rows if not row[measure] <= bound]
        worst = max(rows, key=lambda row: row[measure])
        return dg.AssetCheckResult(
            passed=len(beyond) <= recipe.max_rejected,
            metadata={
                "bound": bound,
                "worst": float(worst[measure]),
                "worst_motion": worst["motion_name"],
                "motions_beyond": len(beyond),
                "beyond": table_preview([_short(row, measure) for row in beyond]),
            },
        )

    return check


def _books_check(recipe: Recipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "sampled_motions"),
        name="books_balanced",
        description=(
            "Seconds in = seconds out + seconds rejected, and the file holds what the table says; "
            f"{recipe.max_rejected} motions may be rejected."
        ),
        blocking=True,
    )
    def check(sampled_motions: Layer) -> dg.AssetCheckResult:
        from motionlib.formats.npz_file import read_npz
        from motionlib.walking.intake import books_of

        rows = read_rows(sampled_motions.path / CLIPS_TABLE)
        books = books_of(rows, **read_json(sampled_motions.path / BOOKS))
        accepted = {row["motion_name"]: row for row in rows if row["status"] == "accepted"}
        file = read_npz(sampled_motions.path / CLIPS)
        complete = list(file.clip_names) == list(accepted)
        rejected = [row for row in rows if row["status"] == "rejected"]
        return dg.AssetCheckResult(
            passed=books.balanced and complete and len(rejected) <= recipe.max_rejected,
            metadata={
                "seconds_in": round(books.seconds_in, 6),
                "seconds_out": round(books.seconds_out, 6),
                "seconds_rejected": round(books.seconds_rejected, 6),
                "motions_in": books.motions_in,
                "file_holds_table": complete,
                "rejected": table_preview([_short(row, "reason") for row in rejected]),
            },
        )

    return check


def _schema_check(recipe: Recipe) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=key_of(recipe, "concatenated_npz"),
        name="schema",
        description="Axes, finite values and unit quaternions; bodies where kinematics puts them.",
        blocking=True,
    )
    def check(concatenated_npz: Layer) -> dg.AssetCheckResult:
        from assets.tail.walking_libraries import CONCATENATED
        from motionlib.errors import MotionError
        from motionlib.formats.beyondmimic import load_npz
        from motionlib.robots.files import load_robot

        robot = load_robot(recipe.robot_reference(), profile=recipe.profile)
        try:
            motions = load_npz(concatenated_npz.path / CONCATENATED, robot)
        except MotionError as error:
            return dg.AssetCheckResult(passed=False, description=str(error))
        return dg.AssetCheckResult(passed=True, metadata={"motions": len(motions)})

    return check


def _short(row: dict[str, object], column: str) -> dict[str, object]:
    return {key: row[key] for key in ("motion_name", "source", column)}
