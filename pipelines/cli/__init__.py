"""The `motion` command."""
