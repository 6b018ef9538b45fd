"""Environments: data plus lists of terms."""
