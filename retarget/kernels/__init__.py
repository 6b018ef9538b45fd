"""Compiled inner loops of retargeting: kinematics, normal equations, collision, footholds."""
