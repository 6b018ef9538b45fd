"""The Dagster assets: what is made from what."""
