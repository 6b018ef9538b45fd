"""A first robot.yaml from a model alone: what is feet, how it stands, how strong it is."""
