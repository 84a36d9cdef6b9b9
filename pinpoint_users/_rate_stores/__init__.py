"""Where a rate is kept that several processes share."""
