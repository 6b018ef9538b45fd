"""The native solver: one least-squares problem a clip."""
