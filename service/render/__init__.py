"""The report as people read it: charts, one HTML page, one accessible PDF, one tidy CSV. Pure: a report in, bytes
out."""
