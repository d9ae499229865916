"""A believable online shop, simulated: the same seed and start give the same bytes."""
