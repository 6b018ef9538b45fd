"""Walking references: polynomial cycles become clips, are measured, and are joined into one file."""
