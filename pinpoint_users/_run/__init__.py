"""A run: which request goes when, who carries it, and what is known of each user."""
