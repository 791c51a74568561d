"""Names of alterations, parsed to values that print back."""
