"""Who took part, who is missing, and how much that could matter."""
