"""`mtb-match kb`: the commands that build, look into and exchange the knowledge graph, one file each."""

import typer

from cli.kb.build import build
from cli.kb.diff import diff
from cli.kb.export import export
from cli.kb.preview import preview
from cli.kb.pull import pull
from cli.kb.query import query
from cli.kb.serve import serve
from cli.kb.status import status

kb_app = typer.Typer(help="The knowledge graph.", no_args_is_help=True, rich_markup_mode=None)
kb_app.command(name="build")(build)
kb_app.command(name="diff")(diff)
kb_app.command(name="export")(export)
kb_app.command(name="preview")(preview)
kb_app.command(name="pull")(pull)
kb_app.command(name="query")(query)
kb_app.command(name="serve")(serve)
kb_app.command(name="status")(status)
