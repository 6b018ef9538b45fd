"""The retargeting stage: which clips wait, what became of them, and what is written."""
