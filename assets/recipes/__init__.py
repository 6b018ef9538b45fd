"""Recipes as values: what a recipe's YAML may say, section by section."""
