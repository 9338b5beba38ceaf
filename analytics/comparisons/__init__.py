"""Differences between groups, waves and variants, corrected for how many were looked at."""
