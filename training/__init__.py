"""Simulators, environments, agents, experiments and evaluation: a program of its own."""
