"""The messages of a request, one room a channel."""
