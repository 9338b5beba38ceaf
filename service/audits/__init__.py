"""The life cycle of an audit: one table of transitions, the use cases that make them, and the trail they leave."""
