"""Which encoding a text file is in: told by its first bytes, else UTF-8, else guessed."""

from __future__ import annotations

import codecs
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_MARKS = (  # the longer ones first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ONE_BYTE = {
    "cp1252": "Windows-1252, Western Europe",
    "cp1250": "Windows-1250, Central Europe",
    "cp1251": "Windows-1251, Cyrillic",
    "cp1253": "Windows-1253, Greek",
    "cp1254": "Windows-1254, Turkish",
    "cp1255": "Windows-1255, Hebrew",
    "cp1256": "Windows-1256, Arabic",
    "cp1257": "Windows-1257, Baltic",
    "mac-roman": "Mac Roman, Western Europe",
    "mac-latin2": "Mac Central Europe",
    "mac-cyrillic": "Mac Cyrillic",
    "cp850": "DOS 850, Western Europe",
    "cp852": "DOS 852, Central Europe",
    "cp866": "DOS 866, Cyrillic",
    "koi8-r": "KOI8-R, Cyrillic",
    "iso8859-2": "ISO-8859-2, Central Europe",
    "iso8859-5": "ISO-8859-5, Cyrillic",
    "iso8859-7": "ISO-8859-7, Greek",
}
_TWO_BYTES = {
    "cp932": "Shift-JIS, Japanese",
    "euc_jis_2004": "EUC-JP, Japanese",
    "gb18030": "GBK, Chinese",
    "big5hkscs": "Big5, Chinese",
    "cp949": "EUC-KR, Korean",
}
NAMES = (
    _ONE_BYTE
    | _TWO_BYTES
    | {
        "iso8859-15": "ISO-8859-15, Western Europe",
        "utf-16-le": "UTF-16 without its mark",
        "utf-16-be": "UTF-16 without its mark",
    }
)
"""What can be guessed, as a person is told it."""

_SIGNS = frozenset("“”„‘’–—…€£©®°«»•·™\xa0")
_WESTERN = _SIGNS | frozenset("éèêëàâäáãåæçíìîïñóòôöõøœúùûüýßÉÈÊÀÂÄÁÃÅÆÇÍÎÑÓÔÖÕØŒÚÙÛÜ¿¡´ºª§‚")
_ODD = re.compile("[a-zß-ÿœ][À-ÖØ-ÞŒ]|[a-z][€£©®°§¿¡“„«]|[a-z][–—•][a-z]|£[A-Za-zÀ-ÿ]|œ[^u]")
"""A capital or a sign after a small letter: so do other encodings look as Windows-1252."""

_LATIN = ("cp1250", "cp1254", "cp1257", "iso8859-2")

_DIVIDES = frozenset(",;\t|\r\n")
_PIECE = 1 << 20
_ENOUGH = 1 << 16
_PLENTY = 1 << 25
_BESIDE = re.compile(rb'[,;\t"\r\n]+')
_UTF8_ALONE = re.compile(
    rb"(?<![\x80-\xff])(?:[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}"
    rb"|[\xf0-\xf4][\x80-\xbf]{3})+(?![\x80-\xff])"
)
_ASCII = bytes(range(128))


@dataclass(frozen=True, slots=True)
class Guess:
    """`example` is some text as this encoding reads it."""

    encoding: str
    example: str


def stated(start: bytes) -> str | None:
    """The encoding that a file's first bytes say outright."""
    return next((name for mark, name in _MARKS if start.startswith(mark)), None)


def of_two_bytes(start: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of the ids and times is NUL."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    few, many = sorted((even, odd))
    if many * 5 < len(start) or few * 20 > many:  # 40 % of one half, 5 % of the other
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    return None if _DIVIDES.isdisjoint(start.decode(encoding, "replace")) else encoding


def guess(file: BinaryIO) -> Guess | None:
    """How to read what is not UTF-8; None for damaged UTF-8, and where nothing fits.

    Looks for signs of UTF-8 everywhere in a file of ordinary size, and at some 64 KB of letters.
    """
    foreign = alone = 0
    sample = bytearray()
    for piece in _not_ascii(file):
        foreign += len(piece.translate(None, _ASCII))
        alone += sum(map(len, _UTF8_ALONE.findall(piece)))
        if len(sample) < _ENOUGH:
            sample += b"\n".join(_texts(piece))
        if foreign > _PLENTY:
            break
    if alone * 2 >= foreign:
        return None
    text = bytes(sample)
    if len(text) > _ENOUGH:
        text = text[:_ENOUGH].rpartition(b"\n")[0] or text[:_ENOUGH]
    encoding = _likeliest(text)
    return Guess(encoding, text.decode(encoding).partition("\n")[0].strip()) if encoding else None


def _not_ascii(file: BinaryIO) -> Iterator[bytes]:
    """Pieces of whole lines."""
    file.seek(0)
    rest = b""
    while piece := file.read(_PIECE):
        lines, end, rest_of = (rest + piece).rpartition(b"\n")
        rest = rest_of if len(rest_of) < _PIECE else b""
        if not (lines := lines + end or rest_of).isascii():
            yield lines
    if not rest.isascii():
        yield rest


def _texts(piece: bytes) -> Iterator[bytes]:
    """The cells that have letters other than ASCII's."""
    for line in piece.splitlines():
        if not line.isascii():
            yield from (cell for cell in _BESIDE.split(line) if not cell.isascii())


def _likeliest(text: bytes) -> str | None:
    """As chardet finds it, asked apart for one byte a letter and for two: of short texts in the
    former it often thinks the latter. Where Windows-1252 gives plain Western text, the others
    must be the likelier by far, those for the same letters by a little; where it gives but signs,
    there is nothing to weigh: the other Windows encodings have them in the same places.
    """
    if _reads(text, "cp1252") and _plainly_western(text.decode("cp1252"), _SIGNS):
        return "cp1252"
    likely = _likelihoods(text, _ONE_BYTE) | _likelihoods(text, _TWO_BYTES)
    if "cp1252" in likely and _plainly_western(text.decode("cp1252"), _WESTERN):
        for name in likely.keys() - {"cp1252"}:
            likely[name] /= 1.4 if name in _LATIN else 2
    if not likely:
        return None
    best = max(likely, key=likely.__getitem__)
    if best == "cp1252" and "¤" in text.decode(best):
        return "iso8859-15"  # where that byte is the euro; nobody writes the other sign
    return best


def _likelihoods(text: bytes, candidates: dict[str, str]) -> dict[str, float]:
    from chardet import detect_all  # 40 ms that only those files cost that need it

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that none fits is no matter
        found = detect_all(
            text, ignore_threshold=True, compat_names=False, include_encodings=[*candidates]
        )
    named = ((one["encoding"], one["confidence"]) for one in found)
    return {name: confidence for name, confidence in named if name and _reads(text, name)}


def _reads(text: bytes, encoding: str) -> bool:
    try:
        text.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _plainly_western(text: str, letters: frozenset[str]) -> bool:
    """Whether it has none but ASCII and these, where such stand."""
    return letters.issuperset(one for one in text if not one.isascii()) and not _ODD.search(text)
