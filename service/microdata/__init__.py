"""Row-level data for researchers under a recorded agreement, and for nobody else."""
