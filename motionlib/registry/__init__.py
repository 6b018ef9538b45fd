"""Artifact registry: named, versioned, immutable file sets with lineage."""
