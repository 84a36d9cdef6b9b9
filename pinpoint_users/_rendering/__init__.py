"""Texts filled here: what Pinpoint filled from the endpoint, with the user's own values."""
