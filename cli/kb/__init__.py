"""`mtb-match kb`: the commands that build, look into and exchange the knowledge graph, one file each."""

import typer

from cli.kb.add import add
from cli.kb.build import build
from cli.kb.check import check
from cli.kb.diff import diff
from cli.kb.export import export
from cli.kb.history import history
from cli.kb.import_ import import_
from cli.kb.preview import preview
from cli.kb.pull import pull
from cli.kb.query import query
from cli.kb.reinstate import reinstate
from cli.kb.retract import retract
from cli.kb.review import review
from cli.kb.serve import serve
from cli.kb.stale import stale
from cli.kb.status import status
from cli.kb.verify import verify

kb_app = typer.Typer(help="The knowledge graph.", no_args_is_help=True, rich_markup_mode=None)
kb_app.command(name="add")(add)
kb_app.command(name="build")(build)
kb_app.command(name="check")(check)
kb_app.command(name="diff")(diff)
kb_app.command(name="export")(export)
kb_app.command(name="history")(history)
kb_app.command(name="import")(import_)
kb_app.command(name="preview")(preview)
kb_app.command(name="pull")(pull)
kb_app.command(name="query")(query)
kb_app.command(name="reinstate")(reinstate)
kb_app.command(name="retract")(retract)
kb_app.command(name="review")(review)
kb_app.command(name="serve")(serve)
kb_app.command(name="stale")(stale)
kb_app.command(name="status")(status)
kb_app.command(name="verify")(verify)
