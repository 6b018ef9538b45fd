"""When feet come down, against when the reference's do."""

import torch
from torch import Tensor

LATE_S = 0.04
"""s after the reference's touch-down from which a robot's is late: two control steps at 50 Hz."""


class Touchdowns:
    """Touch-downs of F feet of E references, and how long after them robots' feet came.

    A touch-down is a reference's foot label that turns on. Its delay ends when the robot's foot
    touches the ground, at once if it does already, and at the latest when the reference lifts the
    foot again or the motion ends: a foot that never came counts with that time.
    """

    def __init__(
        self, num_envs: int, num_feet: int, *, dt: float, device: torch.device | str = "cpu"
    ) -> None:
        self._dt = dt
        shape = (num_envs, num_feet)
        self._down = torch.zeros(shape, dtype=torch.bool, device=device)
        self._pending = torch.zeros_like(self._down)
        self._waited = torch.zeros(shape, dtype=torch.int64, device=device)
        self._count = torch.zeros_like(self._waited)
        self._late = torch.zeros_like(self._waited)
        self._delay = torch.zeros_like(self._waited)

    def clear(self, env_ids: Tensor) -> None:
        """Start anew in (K,) environments."""
        for values in (self._pending, self._waited, self._count, self._late, self._delay):
            values[env_ids] = 0

    def start(self, reference: Tensor, active: Tensor) -> None:
        """Frame 0: (E, F) bool labels; a foot that stands then does not come down."""
        self._down = torch.where(active[:, None], reference, self._down)

    def add(self, robot: Tensor, reference: Tensor, active: Tensor) -> None:
        """One later frame: (E, F) bool contacts and labels, where the (E,) bool `active` holds."""
        on = active[:, None]
        begun = on & reference & ~self._down
        self._count += begun
        self._waited = torch.where(begun, 0, self._waited)
        pending = (self._pending | begun) & reference & ~robot
        self._pending = torch.where(on, pending, self._pending)
        waiting = on & pending
        self._waited += waiting
        self._delay += waiting
        # a wait of k frames means a delay of k frames: late from the first frame beyond the bound
        self._late += waiting & (self._waited == self._late_frames())
        self._down = torch.where(on, reference, self._down)

    def row(self, env: int) -> dict[str, float | int | None]:
        """Columns of one environment's motion; shares are null without a touch-down."""
        count, late, delay = (
            int(values[env].sum()) for values in (self._count, self._late, self._delay)
        )
        return {
            "touchdowns": count,
            "late_touchdown_share": late / count if count else None,
            "touchdown_delay_s": delay * self._dt / count if count else None,
        }

    def _late_frames(self) -> int:
        # 1e-9: .04 s at 50 Hz are two frames, whatever the quotient's last bit is
        return int(LATE_S / self._dt + 1e-9) + 1
