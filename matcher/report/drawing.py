"""A matplotlib figure as bytes: the same for the same figure, without dates, and SVG that a page can hold."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.notes import UnusableInput

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png")
"""The endings of the files that a figure is written to."""

FONTS = ("Arial", "Liberation Sans", "Helvetica", "DejaVu Sans", "WenQuanYi Zen Hei", "Noto Sans CJK SC", "SimSun")
"""The fonts that letters are taken from, first to last; those that a machine does not have are left out."""

DPI = 160
"""Dots per inch of a PNG."""


def svg_text(figure: Figure, title: str) -> str:
    """The figure as one <svg> element with its title, for a page; its letters stay letters.

    Names inside begin with a digest of the title, so that a page can hold several figures.
    """
    from hashlib import sha256

    from matplotlib import rc_context

    salt = sha256(title.encode()).hexdigest()[:12]
    buffer = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": salt}), _without_warnings():
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    written = buffer.getvalue()
    body = re.sub(r"\s*<metadata>.*?</metadata>", "", written[written.index("<svg") :], flags=re.DOTALL)
    body = re.sub(r'(id="|url\(#|href="#)', rf"\1f{salt}-", body)
    head, _, rest = body.partition(">")
    head = re.sub(r'(width|height)="([\d.]+)pt"', lambda size: f'{size[1]}="{float(size[2]) * 4 / 3:.0f}"', head)
    return f'{head} role="img" class="figure">\n <title>{escape(title)}</title>{rest}'


def png_bytes(figure: Figure) -> bytes:
    """The figure as a PNG."""
    buffer = io.BytesIO()
    with _without_warnings():
        figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Nothing is told of letters that no font of the machine has: a box stands for them."""
    import warnings

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        yield


def checked_figure(path: Path) -> Path:
    """The path, if its ending is one of FORMATS; UnusableInput otherwise."""
    if path.suffix.lower() not in FORMATS:
        raise UnusableInput(str(path), "this ending is no figure's", f"end the name with {' or '.join(FORMATS)}")
    return path


def figure_bytes(figure: Figure, title: str, ending: str) -> bytes:
    """The content of a figure's file, by its ending (one of FORMATS)."""
    if ending.lower() == ".png":
        return png_bytes(figure)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{svg_text(figure, title)}'.encode()


def letters(size: float, frame: float = 0.8, hatching: float = 1.0) -> AbstractContextManager[None]:
    """Where a figure is drawn: letters of this size in the first of FONTS that has them, lines of these widths."""
    from matplotlib import rc_context

    family = fonts() or ["sans-serif"]
    return rc_context({"font.family": family, "font.size": size, "axes.linewidth": frame, "hatch.linewidth": hatching})


def fonts() -> list[str]:
    """Those of FONTS that this machine has."""
    import logging

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    from matplotlib.font_manager import fontManager

    known = set(fontManager.get_font_names())
    return [name for name in FONTS if name in known]
