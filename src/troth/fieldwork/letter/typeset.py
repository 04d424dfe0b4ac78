"""A page laid out by WeasyPrint in the letter font: an accessible PDF (PDF/UA-1). The one place that knows the layout engine."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from troth.fieldwork.letter.glyphs import font_file
from troth.fieldwork.letter.sheet import read

if TYPE_CHECKING:
    from pathlib import Path


class Typesetter:
    """Lays out letters; the fonts are read once."""

    def __init__(self, fonts: Path) -> None:
        """`fonts` is the folder of the built letter fonts. Raises Refused: they were not built."""
        self._fonts = FontConfiguration()
        self._css = CSS(string=_faces(fonts) + read("letter.css"), font_config=self._fonts)

    def pdf(self, html: str, *, whole_fonts: bool = False) -> bytes:
        """The page as a PDF; with `whole_fonts` every glyph of a font is in it, not only those that are used."""
        pdf = io.BytesIO()
        HTML(string=html).write_pdf(
            pdf, stylesheets=[self._css], font_config=self._fonts, pdf_variant="pdf/ua-1", full_fonts=whole_fonts
        )
        return pdf.getvalue()


def _faces(fonts: Path) -> str:
    """The four faces of the letter font. Two families by range, so that a face is found for ŵ and ŷ."""
    return "\n".join(
        _face(fonts, family, subset, weight)
        for family, subset in (("Letter", "latin"), ("Letter ext", "latin-ext"))
        for weight in (400, 700)
    )


def _face(fonts: Path, family: str, subset: str, weight: int) -> str:
    """One face. Whichever typeface was built: the file's name ends with subset, weight and style."""
    source = f'url("{font_file(fonts, subset, weight).resolve().as_uri()}") format("woff2")'
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: {source}; }}'
