"""Other solvers behind the same door: mink frame by frame, and the user's own PyRoki."""
