"""Artifact registry: named, versioned, immutable file sets with lineage."""

from motionlib.registry.base import ArtifactVersion, LineageStep, Registry
from motionlib.registry.manifest import ArtifactFacts, ArtifactManifest, Parent
from motionlib.registry.opening import RegistryKind, named_files, open_registry

__all__ = [
    "ArtifactFacts",
    "ArtifactManifest",
    "ArtifactVersion",
    "LineageStep",
    "Parent",
    "Registry",
    "RegistryKind",
    "named_files",
    "open_registry",
]
