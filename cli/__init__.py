"""The `mtb-match` command: it parses arguments, calls one function, renders and chooses the exit code."""
