"""A draw that nobody can steer: tickets, what is published first, the public number, and what the public is told."""
