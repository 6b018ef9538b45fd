"""What a model says beyond robot.yaml, what of it is in force, and why."""
