"""A journal's file."""
