"""The `mtb-match` command: it parses arguments, calls one function, renders and chooses the exit code.

A short process makes many values and hardly any cycle. Looking for cycles is 10 % of its time, from the imports on, so
it is put off here.
"""

import gc

gc.set_threshold(1_000_000, 50, 50)
