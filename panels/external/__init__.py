"""People for an audit who are not members of the panel."""
