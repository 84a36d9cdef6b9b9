"""The way to the service."""
