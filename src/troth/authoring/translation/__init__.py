"""A questionnaire's texts on their way to a translator and back: PO and XLIFF, with the place and the state of each text.

What comes back was written elsewhere: it is read within bounds, and what is not as it must be is told with file and line.
"""

from troth.authoring.translation.po import read_po, write_po
from troth.authoring.translation.texts import Coverage, Language, Sheet, State, Unit, merged, sheet
from troth.authoring.translation.xliff import read_xliff, write_xliff

__all__ = [
    "Coverage",
    "Language",
    "Sheet",
    "State",
    "Unit",
    "merged",
    "read_po",
    "read_xliff",
    "sheet",
    "write_po",
    "write_xliff",
]
