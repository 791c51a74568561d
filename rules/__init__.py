"""How to conclude: the rule language, its checker, its evaluators and the rule library."""
