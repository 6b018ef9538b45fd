"""Stages of clips between head and tail: each has results by partition, one table, books, checks."""
