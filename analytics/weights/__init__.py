"""From answers and population margins to weights with a certificate."""
