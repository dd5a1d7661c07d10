"""What spreadsheet programs show in a cell whose formula failed, and save as its value."""

from __future__ import annotations

from batch_scheduler.planning.columns import Columns
from batch_scheduler.planning.problem import Findings, Problem

_ERROR_VALUES = frozenset(
    (
        # Excel, in files always
        *("#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA"),
        *("#SPILL!", "#CALC!", "#FIELD!", "#BLOCKED!", "#CONNECT!", "#BUSY!", "#UNKNOWN!"),
        *("#PYTHON!", "#EXTERNAL!", "#TIMEOUT!"),
        # Excel in German, French, Spanish and Italian, in text files
        *("#NV", "#BEZUG!", "#WERT!", "#ZAHL!", "#ÜBERLAUF!"),
        *("#N/D", "#VALEUR!", "#NOM?", "#NOMBRE!", "#DEBORDEMENT!", "#PROPAGATION!"),
        *("#¡NULO!", "#¡DIV/0!", "#¡VALOR!", "#¡REF!", "#¿NOMBRE?", "#¡NUM!", "#¡DESBORDAMIENTO!"),
        *("#NULLO!", "#VALORE!", "#RIF!", "#NOME?"),
        # Google Sheets; LibreOffice has numbers as well
        "#ERROR!",
        *(f"Err:{number}" for number in range(501, 541)),
    )
)
"""A text that is one of them was never written by a person."""


_PROBLEM = Problem(
    "error-value",
    "The formula in this cell failed: this is the spreadsheet program's word for an error.",
    "Mend the formula, or write what is meant instead of it.",
)


def report_error_values(findings: Findings, columns: Columns) -> None:
    """At each cell that would count; so none is sent as a text, and none is explained twice."""
    for column in columns.meant:
        texts = findings.texts(column)
        if not _ERROR_VALUES.isdisjoint(texts.values):
            findings.only(column, texts.where(_ERROR_VALUES.__contains__), _PROBLEM)
