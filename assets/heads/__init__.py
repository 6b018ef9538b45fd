"""Where a graph begins: the robot, walking references, a folder of recordings."""
