"""Ground floor: robots, rotations, kinematics, clips, libraries, formats and artifacts."""
