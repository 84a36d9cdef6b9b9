"""Directories: where endpoints are looked up and kept."""
