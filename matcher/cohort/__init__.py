"""Many patients at once: a registry, a study, a re-analysis after a release.

Patients in:
subject.py   one patient as read, or why they could not be
intake.py    files to Subjects, one after the other; intake_*.py for each kind of input, tcga.json for names of studies

Recommendations out:
matching.py  Subjects to recommendations: the facts and rules of one patient, worked out once for all who are alike
alike.py     alterations that stand for others; classes.py the facts of patients who are alike; records.py what may
             speak to a patient, ground.py gathered gene by gene, parts.py what it says, each worked out once;
             what_counts.py what of a fact rules can tell apart; asking.py what is asked of the rules
answers.py   what conclusions come to, each regimen weighed once; found.py the answers of a piece, shared rows once
alone.py     the same, patient by patient: what matching.py is held against; its rows
tables.py    what comes out: tables by name, with their columns
workers.py   on several cores: processes.py what each answers, handed.py a piece on its way there; spark.py on a cluster

Files:
run.py       piece by piece, so that an interrupted run goes on; files that appear whole or not at all
ahead.py     one piece is read while another is matched; arranged.py puts the tables of a piece in order
work.py      the pieces that are whole, beside the output, and how tables are written there
output.py    the files of a finished run: their forms, and how they are read again; rows_text.py for lines of text
database.py  DuckDB with bounded memory

Afterwards:
summary.py   what a cohort comes to; changes.py what another jurisdiction or test would change
since.py     matched again after a release: reach.py whom it can change, moves.py what changed, causes.py why,
             account.py in numbers
"""
