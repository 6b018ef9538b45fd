"""A folder of recordings as rows: which files there are, what they hold, their splits and known faults."""
