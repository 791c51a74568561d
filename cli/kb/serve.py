"""`mtb-match kb serve`."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.kb.options import Kb


def serve(
    kb: Kb = None,
    host: Annotated[str, typer.Option("--host", help="The interface to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen on.")] = 7878,
    seconds: Annotated[int, typer.Option("--timeout", min=1, help="The longest time for one query, in seconds.")] = 60,
) -> None:
    """Offer the graph as a read-only SPARQL 1.1 endpoint, until it is interrupted."""
    from kb.errors import CannotServe
    from kb.graph import open_knowledge_base
    from kb.store import store_folder

    if kb is not None and "://" in kb:
        raise typer.BadParameter("a store folder is served, not an endpoint", param_hint="--kb")
    release = open_knowledge_base(kb).release  # also builds the starter's store where it is not there yet
    program = Path(sys.executable).with_name("oxigraph")
    if not program.is_file():
        raise CannotServe(f"{program} is not there", "install mtb-match again: the package oxigraph belongs to it")
    _is_free(host, port)
    where = f"{host}:{port}"
    command = [
        str(program),
        "serve-read-only",
        "--location",
        str(store_folder(kb)),
        "--bind",
        where,
        "--cors",
        "--union-default-graph",
    ]
    print(f"{release}, read-only, at http://{where}/query (stop with Ctrl-C)", file=sys.stderr, flush=True)
    server = subprocess.Popen([*command, "--timeout-s", str(seconds)])
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    try:
        code = server.wait()
    except KeyboardInterrupt:
        server.terminate()
        server.wait()
        return
    if code not in {0, -signal.SIGTERM, -signal.SIGINT}:
        raise CannotServe(f"the server stopped with code {code}", "see what it printed above")


def _is_free(host: str, port: int) -> None:
    import socket

    from kb.errors import CannotServe

    try:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        why = error.strerror or str(error)
        raise CannotServe(f"cannot listen on {host}:{port} ({why})", "choose another --port or --host") from error
