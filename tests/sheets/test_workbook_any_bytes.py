"""Whatever is done to the bytes of a workbook: it is read, or refused with one clear message."""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable
from datetime import datetime

import openpyxl
import pytest
import xlwt
from workbook_files import (
    DAY,
    HEADER,
    ods_content,
    ods_parts,
    ods_row,
    ods_table,
    row,
    sheet_data,
    strings,
    styles,
    table,
    worksheet,
    xlsx_parts,
    zipped,
)

from batch_scheduler.errors import UsageError
from batch_scheduler.model import Sheet
from batch_scheduler.planning import Defaults, likeness, read_wishes
from batch_scheduler.sheets import read_sheet

LONG = os.environ.get("BATCH_SCHEDULER_LONG") == "1"
TIMES = 20_000 if LONG else 120
MARKUP = (b"<", b">", b"/>", b"</c>", b'"', b"&amp;", b"<!--", b"<![CDATA[", b"<v>", b'r="', b"\0")


def by_openpyxl() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for cells in [[*HEADER, "note"], *([*row(n), n / 7] for n in range(1, 30))]:
        sheet.append(cells)
    sheet["C5"] = datetime(DAY.year, DAY.month, DAY.day, 9)
    sheet["E6"] = "=A1"
    sheet.merge_cells("C8:C10")
    sheet.row_dimensions[12].hidden = True
    book.create_sheet("Other").append(["x"])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def by_xlwt() -> bytes:
    book = xlwt.Workbook()
    sheet = book.add_sheet("Posts")
    for number, cells in enumerate(table(30)):
        for column, text in enumerate(cells):
            sheet.write(number, column, text)
        sheet.write(number, 5, number / 7)
    sheet.write(3, 6, True)
    sheet.write(4, 6, xlwt.Formula("A1"))
    sheet.write_merge(6, 9, 7, 8, "x")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def xlsx_members() -> dict[str, bytes]:
    data = sheet_data(table(12)) + '<row r="20" hidden="1"><c r="A20" t="s"><v>0</v></c></row>'
    after = '<mergeCells count="1"><mergeCell ref="C2:C4"/></mergeCells>'
    part = worksheet(data, after=after)
    return xlsx_parts({"Posts": part}, strings=strings("<t>a</t>"), styles=styles("d.m.yy"))


def ods_members() -> dict[str, bytes]:
    rows = "".join(map(ods_row, table(12))) + ods_row(["x"], ' table:number-rows-repeated="3"')
    return dict(ods_parts(ods_content(ods_table(rows))))


def mutated(content: bytes, chance: random.Random, pieces: tuple[bytes, ...] = ()) -> bytes:
    """Some bytes changed, put in, taken out, or copied to another place."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(changed) + 1)
        other = chance.randrange(len(changed) + 1)
        match chance.randrange(6):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                changed[at : at + chance.randrange(1, 40)] = b""
            case 2:
                changed[at:at] = changed[other : other + chance.randrange(1, 200)]
            case 3:
                changed[at : at + 4] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\1\0\0\0"))
            case 4 if pieces:
                changed[at:at] = chance.choice(pieces)
            case _:
                changed[at : at + 2] = b"9" * chance.choice((1, 2, 9))
    return bytes(
        changed[: chance.randrange(len(changed) + 1)] if chance.random() < 0.05 else changed
    )


def read_or_refused(content: bytes, seed: int) -> None:
    """Reads on to what is asked for, so that nothing odd is only found there."""
    try:
        sheet: Sheet = read_sheet("-", io.BytesIO(content), likeness)
    except UsageError as refused:
        assert str(refused), seed
        assert refused.hint, seed
        assert len(str(refused)) < 1_000, seed
    else:
        numbers = sheet.frame.index
        assert numbers.is_monotonic_increasing, seed
        assert numbers.is_unique, seed
        wishes = read_wishes([sheet], Defaults())
        assert wishes.rows == len(numbers), seed


@pytest.mark.parametrize("make", [by_openpyxl, by_xlwt], ids=["xlsx", "xls"])
def test_bytes_of_a_file_may_be_anything(make: Callable[[], bytes]) -> None:
    whole = make()
    for seed in range(TIMES):
        read_or_refused(mutated(whole, random.Random(seed)), seed)


@pytest.mark.parametrize("make", [xlsx_members, ods_members], ids=["xlsx", "ods"])
def test_bytes_of_members_may_be_anything(make: Callable[[], dict[str, bytes]]) -> None:
    """Packed again, so that what is in them is looked at, and not only their check sums."""
    members = make()
    for seed in range(TIMES):
        chance = random.Random(seed)
        name = chance.choice([*members, *[max(members, key=lambda one: len(members[one]))] * 5])
        read_or_refused(zipped({**members, name: mutated(members[name], chance, MARKUP)}), seed)


def test_records_of_an_xls_may_be_anything() -> None:
    """In the workbook's own stream, past what the archive around it checks."""
    whole = by_xlwt()
    start = whole.index(b"\x09\x08")
    for seed in range(TIMES):
        chance = random.Random(seed)
        end = chance.randrange(start, min(len(whole), start + 9_000))
        changed = bytearray(whole)
        for _ in range(chance.choice((1, 2, 8))):
            at = chance.randrange(start, end + 1)
            changed[at] = chance.randrange(256)
        read_or_refused(bytes(changed), seed)


def test_members_may_be_of_any_archive() -> None:
    """Names and lists changed together: what one archive says of another's members."""
    for seed in range(TIMES):
        chance = random.Random(seed)
        names = [*xlsx_members(), *ods_members()]
        both = [*xlsx_members().values(), *ods_members().values()]
        chance.shuffle(names)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in zip(names, both, strict=True):
                if chance.random() < 0.8 and name not in archive.namelist():
                    archive.writestr(name, content)
        read_or_refused(buffer.getvalue(), seed)
