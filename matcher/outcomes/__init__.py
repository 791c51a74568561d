"""Outcomes of study patients: study files, study groups, endpoints as their protocols define them, and reports."""
