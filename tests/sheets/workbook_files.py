"""Workbooks part by part, so that any part can be what no program would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
DAY = date.today() + timedelta(days=40)
HEADER = ("post_id", "social_account_ids", "scheduled_at", "timezone")
ZONE = "Europe/Berlin"

Parts = dict[str, bytes]


def post_id(number: int) -> str:
    return f"b0570000-0000-4000-8001-{number:012x}"


def account_id(number: int) -> str:
    return f"acc00000-0000-4000-8001-{number:012x}"


def row(number: int) -> list[str]:
    """The cells of a good row, under HEADER."""
    return [post_id(number), account_id(1), f"{DAY}T09:00", ZONE]


def serial(hours: float = 9.0) -> float:
    """The day, as a workbook of 1900 counts, with so many hours."""
    return (DAY - date(1899, 12, 30)).days + hours / 24


def table(rows: int) -> list[Sequence[str]]:
    return [HEADER, *map(row, range(1, rows + 1))]


# XLSX


def cell(place: str, value: str | float, style: int | None = None) -> str:
    s = "" if style is None else f' s="{style}"'
    if isinstance(value, str):
        return f'<c r="{place}"{s} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    return f'<c r="{place}"{s}><v>{value!r}</v></c>'


def letters(column: int) -> str:
    text = ""
    while column:
        column, place = divmod(column - 1, 26)
        text = chr(65 + place) + text
    return text


def sheet_data(rows: Iterable[Sequence[str | float]], first: int = 1) -> str:
    return "".join(
        f'<row r="{number}">'
        + "".join(
            cell(f"{letters(column)}{number}", value)
            for column, value in enumerate(cells, 1)
            if value != ""
        )
        + "</row>"
        for number, cells in enumerate(rows, first)
    )


def worksheet(data: str, before: str = "", after: str = "", opening: str = "") -> bytes:
    declared = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    return (
        f'{declared}{opening}<worksheet xmlns="{MAIN}">{before}<sheetData>{data}</sheetData>{after}'
        "</worksheet>"
    ).encode()


def styles(*formats: str) -> bytes:
    """Style 0 is General, the next ones have these formats."""
    codes = "".join(
        f'<numFmt numFmtId="{number}" formatCode="{escape(code, {chr(34): "&quot;"})}"/>'
        for number, code in enumerate(formats, 164)
    )
    cells = "".join(f'<xf numFmtId="{number}"/>' for number in [0, *range(164, 164 + len(formats))])
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts>'
        f'<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>{cells}</cellXfs></styleSheet>'
    ).encode()


def strings(*items: str) -> bytes:
    inner = "".join(f"<si>{item}</si>" for item in items)
    return f'<sst xmlns="{MAIN}" count="9" uniqueCount="{len(items)}">{inner}</sst>'.encode()


def xlsx_parts(
    sheets: Mapping[str, bytes], hidden: Sequence[str] = (), from_1904: bool = False, **more: bytes
) -> Parts:
    """`more`: strings, styles."""
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"'
        + (' state="hidden"' if name in hidden else "")
        + "/>"
        for number, name in enumerate(sheets, 1)
    )
    related = [
        ("worksheet", f"worksheets/sheet{number}.xml") for number in range(1, len(sheets) + 1)
    ]
    related += [
        (kind, part)
        for kind, part in (("sharedStrings", "sharedStrings.xml"), ("styles", "styles.xml"))
        if kind.removeprefix("shared").lower() in more
    ]
    epoch = '<workbookPr date1904="1"/>' if from_1904 else ""
    return {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": _relationships([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{epoch}<sheets>{listed}</sheets>'
            "</workbook>"
        ).encode(),
        "xl/_rels/workbook.xml.rels": _relationships(related),
        **{f"xl/worksheets/sheet{n}.xml": part for n, part in enumerate(sheets.values(), 1)},
        **({"xl/sharedStrings.xml": more["strings"]} if "strings" in more else {}),
        **({"xl/styles.xml": more["styles"]} if "styles" in more else {}),
    }


def _relationships(related: Sequence[tuple[str, str]]) -> bytes:
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(related, 1)
    )
    return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'.encode()


def zipped(parts: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def otherwise(content: bytes) -> bytes:
    """The same, in XML that no pattern knows."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in parts:
        if name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml":
            head, opening, rest = parts[name].partition(
                b"<worksheet" if b"<worksheet" in parts[name] else b"<sst"
            )
            parts[name] = head + b"<!-- x -->" + opening + rest
    return zipped(parts)


def xlsx(data: str, before: str = "", after: str = "", opening: str = "") -> bytes:
    """One worksheet, Posts."""
    return zipped(xlsx_parts({"Posts": worksheet(data, before, after, opening)}))


# ODS

_SPACES = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (
            ("office", "office"),
            ("table", "table"),
            ("text", "text"),
            ("style", "style"),
        )
    )
    + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)
MIMETYPE = b"application/vnd.oasis.opendocument.spreadsheet"


def ods_cell(text: str, **attributes: str) -> str:
    inner = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n")) if text else ""
    given = "".join(
        f' {name.replace("__", ":").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
    )
    if text and "office__value_type" not in attributes:
        given += ' office:value-type="string"'
    return f"<table:table-cell{given}>{inner}</table:table-cell>"


def ods_row(cells: Sequence[str], attributes: str = "") -> str:
    """Texts; what begins with < is a cell already."""
    inner = "".join(one if one.startswith("<") else ods_cell(one) for one in cells)
    return f"<table:table-row{attributes}>{inner}</table:table-row>"


def ods_table(rows: str, name: str = "Posts", before: str = "", style: str = "") -> str:
    return f'<table:table table:name="{name}"{style}>{before}{rows}</table:table>'


def ods_content(tables: str, opening: str = "", styles: str = "") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{opening}<office:document-content {_SPACES}>'
        f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    ).encode()


def ods_parts(content: bytes) -> Parts:
    manifest = (
        b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    )
    return {"mimetype": MIMETYPE, "META-INF/manifest.xml": manifest, "content.xml": content}


def ods(rows: str, **more: str) -> bytes:
    """One worksheet, Posts."""
    return zipped(ods_parts(ods_content(ods_table(rows, **more))))
