"""How people were drawn, and what that means for the variance of a figure."""
