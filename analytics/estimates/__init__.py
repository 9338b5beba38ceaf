"""Figures about what people said, each with its standard error, interval and bases."""
