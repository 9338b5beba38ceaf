"""The questionnaire as a form on paper: laid out, set as an accessible PDF, and what comes back keyed in twice."""
