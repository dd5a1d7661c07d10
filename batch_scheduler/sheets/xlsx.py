"""XLSX, XLSM and their templates: which parts of the archive are worksheets."""

from __future__ import annotations

import posixpath
from typing import BinaryIO

from batch_scheduler.sheets.allowance import Allowance, MarkupError
from batch_scheduler.sheets.grid import Grid
from batch_scheduler.sheets.markup import TAGS, Attributes, read_markup, require_tags
from batch_scheduler.sheets.package import Package
from batch_scheduler.sheets.worksheet import Worksheet
from batch_scheduler.sheets.xlsx_any import AnyCells
from batch_scheduler.sheets.xlsx_usual import UsualCells
from batch_scheduler.sheets.xlsx_values import Values, read_any_strings, read_strings, read_styles
from batch_scheduler.sheets.xml_pieces import Unusual

Relationships = dict[str, tuple[str, str]]
"""By id: the last word of the type, and the part's name."""

_MOST_TAGS = 4_000_000
_MOST_ROWS = 4_000_000
_MOST_CELLS = 20_000_000
"""Empty rows and cells count as well: there are some where something has a format."""


class XlsxBook:
    """Raises of what `package.DAMAGES` lists, and UsageError."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path = path
        self._package = Package(path, file)
        self._part = self._workbook_part()
        self._tags = Allowance(_MOST_TAGS, TAGS)
        self._rows, self._cells = Allowance(_MOST_ROWS, "rows"), Allowance(_MOST_CELLS, "cells")
        self._from_1904 = False
        self._related = self._relationships(self._part)
        self._values: Values | None = None
        self.worksheets = self._worksheets()

    def read(self, worksheet: Worksheet, most_rows: int | None = None) -> Grid:
        values = self._read_values()
        grid = Grid(self._path, most_rows)
        try:
            with self._package.open(worksheet.place) as part:
                UsualCells(values, grid, self._rows, self._cells).read(part)
        except Unusual:
            grid = Grid(self._path, most_rows)
            with self._package.open(worksheet.place) as part:
                require_tags(part, self._tags)
            with self._package.open(worksheet.place) as part:
                AnyCells(values, grid).read(part, self._tags)
        return grid

    def _workbook_part(self) -> str:
        for kind, part in self._relationships("").values():
            if kind == "officeDocument" and part in self._package:
                return part
        return "xl/workbook.xml"

    def _worksheets(self) -> list[Worksheet]:
        found: list[Worksheet] = []

        def begin(name: str, attributes: Attributes) -> None:
            if name == "workbookPr":
                self._from_1904 = attributes.get("date1904") in ("1", "true", "on")
            elif name == "sheet":
                kind, part = self._related.get(attributes.get("id", ""), ("", ""))
                if kind == "worksheet":
                    hidden = attributes.get("state", "visible") != "visible"
                    found.append(Worksheet(attributes.get("name", ""), hidden, part))

        with self._package.open(self._part) as part:
            read_markup(part, begin)
        return found

    def _read_values(self) -> Values:
        if self._values is None:
            parts = dict(self._related.values())
            strings, styles = parts.get("sharedStrings", ""), parts.get("styles", "")
            self._values = Values(from_1904=self._from_1904)
            if strings in self._package:
                self._values.strings = self._read_strings(strings)
            if styles in self._package:
                with self._package.open(styles) as part:
                    self._values.styles = read_styles(part)
        return self._values

    def _read_strings(self, name: str) -> list[str]:
        try:
            with self._package.open(name) as part:
                return read_strings(part)
        except Unusual:
            with self._package.open(name) as part:
                return read_any_strings(part, self._tags)

    def _relationships(self, part: str) -> Relationships:
        """Of a part, or of the whole archive: ""."""
        folder, name = posixpath.split(part)
        rels = posixpath.join(folder, "_rels", f"{name}.rels")
        found: Relationships = {}

        def begin(name: str, attributes: Attributes) -> None:
            if name == "Relationship" and attributes.get("TargetMode") != "External":
                kind = attributes.get("Type", "").rpartition("/")[2]
                target = posixpath.join("/", folder, attributes.get("Target", ""))
                found[attributes.get("Id", "")] = kind, posixpath.normpath(target).lstrip("/")

        if rels in self._package:
            with self._package.open(rels) as file:
                read_markup(file, begin)
        elif part:
            raise MarkupError("it does not say where its worksheets are")
        return found
