"""Compiled inner loops that several rooms use: rotations, kinematics, velocities, measures."""
