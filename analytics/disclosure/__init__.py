"""What may leave: thresholds, suppression over everything that is released, and the attack that checks it."""
