"""Open answers: deterministic coding and themes, agreement with human coders, quotes that betray nobody."""
