"""Motion-tracking experiments."""
