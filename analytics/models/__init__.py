"""Regression under the design, and model-based second opinions for thin cells."""
