"""Where every graph ends: libraries, artifact, policy, evaluation, report."""
