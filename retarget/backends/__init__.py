"""Other solvers with the same interface: mink frame by frame, and the user's own PyRoki."""
