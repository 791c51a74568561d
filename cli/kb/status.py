"""`mtb-match kb status`."""

from cli.kb.options import Kb


def status(kb: Kb = None) -> None:
    """Say which knowledge graph is in use: release, digest and what it holds."""
    from kb.graph import open_knowledge_base
    from kb.store import counts

    knowledge = open_knowledge_base(kb)
    print(f"release {knowledge.release}, of {knowledge.released_on}\ndigest {knowledge.digest}")
    for kind, number in counts(knowledge.store).items():
        print(f"{number:>7} {kind}")
