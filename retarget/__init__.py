"""Human motion onto any robot: one least-squares problem a clip."""
