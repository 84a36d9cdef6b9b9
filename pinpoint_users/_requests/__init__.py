"""What a request carries, and what its answer says of each user."""
