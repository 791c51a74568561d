"""Many patients at once: a registry, a study, a re-analysis after a release.

intake.py    files to Subjects, one after the other; what could not be read, with reasons
matching.py  Subjects to recommendations: the facts and rules of one patient, worked out once for all who are alike
tables.py    what comes out: tables by name, with their columns
run.py       piece by piece, so that an interrupted run goes on; files that appear whole or not at all
work.py      the pieces that are whole, beside the output
output.py    the files of a finished run: their forms, and how they are read again
"""
