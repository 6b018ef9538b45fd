"""Learning agents; each is the difference from its parent."""
