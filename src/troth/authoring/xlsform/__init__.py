"""XLSForm in and out. pyxform, the form's own reader, says whether a workbook is one; what is carried is decided here.

Source: xlsform.org and docs.getodk.org (the form's reference). No text or code of theirs is here.
"""

from troth.authoring.xlsform.form import import_xlsform
from troth.authoring.xlsform.write import Exported, export_xlsform

__all__ = ["Exported", "export_xlsform", "import_xlsform"]
