"""Feet on the ground: contacts of a recording, and what they ask of a robot."""
