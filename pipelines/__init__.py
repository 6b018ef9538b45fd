"""Recipes, jobs, schedules, sensors and the `motion` command."""
