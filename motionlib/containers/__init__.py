"""Containers that files are made of (zip, pickle, torch, yaml, JSON), read within bounds; nothing runs."""
