"""`mtb-match kb export --format curated`."""

from pathlib import Path

import typer

from cli.kb.options import standing_journal


def export_curated(curation: Path | None, out: Path | None, others: dict[str, object]) -> None:
    """Write the journal in the text form; wrong usage without a folder or with options of the graph."""
    from kb.curation.text import Held, save

    for option, value in others.items():
        if value:
            raise typer.BadParameter("is for the graph; the journal is exported whole", param_hint=option)
    if out is None:
        raise typer.BadParameter("name the folder to write to", param_hint="--out")
    from_ = standing_journal(curation)
    entries, known = from_.entries(), from_.book()
    signed = {entry.act.id: entry.signed for entry in entries if entry.signed}
    written = save(out, Held(known, signed))
    print(f"{out}: items {len(known.items)}, acts {len(known.acts)}; files written {len(written)}")
    print(f"digest {known.digest}")
