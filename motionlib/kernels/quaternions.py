"""Quaternions and rotation vectors as scalars for compiled loops; wxyz, float64.

Rotation vectors shorter than two radians and logarithms of rotations below 60 degrees need no
library function, since both are smooth in the squared length. Such are nearly all rotations
between a body and its parent and between a frame and the next.
"""

import math

from motionlib.kernels.compiled import compiled

Vector = tuple[float, float, float]
Quat = tuple[float, float, float, float]

_SERIES_LIMIT = 4.0
"""rad², up to which ten terms of sine and cosine of the half angle reach the last bit."""
_RATIONAL_LIMIT = 0.25
"""Squared sine of the half angle up to which the rational form of the arcsine holds."""


@compiled
def multiply(
    aw: float, ax: float, ay: float, az: float, bw: float, bx: float, by: float, bz: float
) -> Quat:
    """Hamilton product: rotate by `b`, then by `a`.

    `ab := (a_w b_w − a·b, a_w b + b_w a + a × b)`, the vector parts written without an index.
    """
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


@compiled
def rotate(w: float, x: float, y: float, z: float, vx: float, vy: float, vz: float) -> Vector:
    """A vector turned by a unit quaternion.

    `q v q⁻¹ = v + w t + u × t` with `t = 2 u × v`, u = (x, y, z).
    """
    tx, ty, tz = 2.0 * (y * vz - z * vy), 2.0 * (z * vx - x * vz), 2.0 * (x * vy - y * vx)
    return (
        vx + w * tx + y * tz - z * ty,
        vy + w * ty + z * tx - x * tz,
        vz + w * tz + x * ty - y * tx,
    )


@compiled
def quat_from_rotvec(x: float, y: float, z: float) -> Quat:
    """Exponential map of a rotation vector in rad, of any length.

    `exp(v) := (cos(θ/2), v sin(θ/2) / θ)` with θ = ‖v‖.
    """
    square = x * x + y * y + z * z
    if square < _SERIES_LIMIT:
        cosine, scale = _half_angle_series(0.25 * square)
    else:
        angle = math.sqrt(square)
        cosine, scale = math.cos(0.5 * angle), math.sin(0.5 * angle) / angle
    return cosine, scale * x, scale * y, scale * z


@compiled
def rotvec_from_quat(w: float, x: float, y: float, z: float) -> Vector:
    """Logarithm in rad, of the shorter way round (angle at most pi).

    `log(q) := ±2 atan2(‖u‖, |w|) u / ‖u‖` with u = (x, y, z), minus where w < 0; the arctangent,
    below 60 degrees, is asin(‖u‖).
    """
    square = x * x + y * y + z * z
    if square < _RATIONAL_LIMIT:
        scale = 2.0 * _arcsine_over_sine(square)
    else:
        sine = math.sqrt(square)
        scale = 2.0 * math.atan2(sine, abs(w)) / sine
    if w < 0.0:
        scale = -scale
    return scale * x, scale * y, scale * z


@compiled
def between(
    aw: float, ax: float, ay: float, az: float, bw: float, bx: float, by: float, bz: float
) -> Vector:
    """Rotation vector in rad that leads from `a` to `b`, in the frame that both are given in.

    `v := log(b a⁻¹)`, so that `b = exp(v) a`, up to the sign of b.
    """
    w, x, y, z = multiply(bw, bx, by, bz, aw, -ax, -ay, -az)
    return rotvec_from_quat(w, x, y, z)


@compiled
def slerp(
    aw: float, ax: float, ay: float, az: float,
    bw: float, bx: float, by: float, bz: float, share: float,
) -> Quat:  # fmt: skip
    """The rotation a `share` of the shorter way from `a` to `b`.

    `q(s) := a exp(s log(a⁻¹ b))`, s = 0 at a and 1 at b.
    """
    w, x, y, z = multiply(aw, -ax, -ay, -az, bw, bx, by, bz)
    x, y, z = rotvec_from_quat(w, x, y, z)
    w, x, y, z = quat_from_rotvec(share * x, share * y, share * z)
    return multiply(aw, ax, ay, az, w, x, y, z)


@compiled
def _half_angle_series(s: float) -> tuple[float, float]:
    """Cosine of an angle x and half of its sine over itself, by Taylor in the squared angle s = x².

    `cos x = Σ (−s)ⁿ / (2n)!` and `½ sin x / x = ½ Σ (−s)ⁿ / (2n + 1)!`, up to s¹⁰ and s⁹; with x =
    θ/2 they are cos(θ/2) and sin(θ/2) / θ.
    """
    # coefficients (-1)^n / (2n)! and (-1)^n / (2n + 1)!
    cosine = 1 / 2432902008176640000
    cosine = -1 / 6402373705728000 + s * cosine
    cosine = 1 / 20922789888000 + s * cosine
    cosine = -1 / 87178291200 + s * cosine
    cosine = 1 / 479001600 + s * cosine
    cosine = -1 / 3628800 + s * cosine
    cosine = 1 / 40320 + s * cosine
    cosine = -1 / 720 + s * cosine
    cosine = 1 / 24 + s * cosine
    cosine = 1.0 + s * (-1 / 2 + s * cosine)
    sine = -1 / 121645100408832000
    sine = 1 / 355687428096000 + s * sine
    sine = -1 / 1307674368000 + s * sine
    sine = 1 / 6227020800 + s * sine
    sine = -1 / 39916800 + s * sine
    sine = 1 / 362880 + s * sine
    sine = -1 / 5040 + s * sine
    sine = 1 / 120 + s * sine
    sine = 1.0 + s * (-1 / 6 + s * sine)
    return cosine, 0.5 * sine


@compiled
def _arcsine_over_sine(s: float) -> float:
    """asin(x) / x for s = x² below 0.25, the rational form of fdlibm's `e_asin.c`.

    `asin(x) / x ≈ 1 + P(s) / Q(s)`, P of degree six without a constant, Q of degree four.
    """
    top = 7.91534994289814532176e-04 + s * 3.47933107596021167570e-05
    top = -4.00555345006794114027e-02 + s * top
    top = 2.01212532134862925881e-01 + s * top
    top = -3.25565818622400915405e-01 + s * top
    top = s * (1.66666666666666657415e-01 + s * top)
    bottom = -6.88283971605453293030e-01 + s * 7.70381505559019352791e-02
    bottom = 2.02094576023350569471e00 + s * bottom
    bottom = 1.0 + s * (-2.40339491173441421878e00 + s * bottom)
    return 1.0 + top / bottom
