"""What a motion file holds and what is wrong with it, whoever wrote it."""
