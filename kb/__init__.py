"""What is known: the knowledge graph of genes, variants, drugs, tumor types, evidence, approvals and trials."""
