"""A header text taken apart: the words that name the column, and the hint beside them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_HINT = re.compile(
    r"\s*(?:\((?!s\))|\[|\{|:\s|[\r\n])"
    r"|\s[-\u2013\u2014]+\s"
    r"|\s(?=(?:dd?|mm?|yy(?:yy)?|tt|jj(?:jj)?|hh)[/.:-])",
    re.IGNORECASE,
)
_ZONE_BEHIND = re.compile(
    r"(.*[^\W_])[\s_]+(utc|gmt|[ecmp][sd]?t|cest|cet|bst|ist|jst|aest|aedt)",
    re.IGNORECASE | re.DOTALL,
)
_DATE_PATTERN = re.compile(r"(?<![a-z])([adjmty])\1*[^a-z]*([adjmty])\2*[^a-z]*([adjmty])\3*")
_PATTERN_LETTERS = (
    {"d": "d", "m": "m", "y": "y"},
    {"t": "d", "m": "m", "j": "y"},  # German: TT.MM.JJJJ
    {"j": "d", "m": "m", "a": "y"},  # French: JJ/MM/AAAA
    {"d": "d", "m": "m", "a": "y"},  # Spanish: DD/MM/AAAA
)
_ORDERS = ("dmy", "mdy", "ymd")
_OF_ANOTHER_THING = re.compile(
    # a text about the column's thing, or another time than that of publishing
    r"\b(?:alt|approv(?:al|ed)|archived|creat(?:ed|ion)|deadline|drafts?|due|edited|end|expires"
    r"|internal|modified|notes?|old|original|previous|received|requested|review(?:ed)?|start"
    r"|status|submitted|updated"
    # one network's own version of it
    r"|bluesky|facebook|fb|gbp|google|ig|instagram|linkedin|mastodon|pinterest|reddit|snapchat"
    r"|telegram|threads|tiktok|twitter|whatsapp|youtube)\b"
)


@dataclass(frozen=True, slots=True)
class Heading:
    """`name`: what stands before the hint; `whole`: all of the text, folded."""

    name: str
    hint: str
    whole: str

    @property
    def word(self) -> str:
        """The name, folded."""
        return folded(self.name)

    @property
    def misleads(self) -> bool:
        """Whether the hint changes what the name means: "Caption (Instagram)", "Date (created)"."""
        return bool(_OF_ANOTHER_THING.search(bare(self.hint)))

    @property
    def date_order(self) -> str | None:
        """dmy, mdy or ymd, where the hint shows how dates are written: "Date (DD/MM/YYYY)"."""
        for found in _DATE_PATTERN.finditer(bare(self.hint)):
            for letters in _PATTERN_LETTERS:
                order = "".join(letters.get(letter, "") for letter in found.groups())
                if order in _ORDERS and len(found[0]) > len("dmyy"):
                    return order
        return None


@lru_cache(maxsize=1 << 15)
def heading(text: str) -> Heading:
    """The hint begins at a bracket, a dash between spaces, a colon, a line break, a pattern of a
    date, or the abbreviation of a zone at the end.
    """
    text = text.strip().strip("*").strip()
    if cut := _HINT.search(text, 1):
        return Heading(text[: cut.start()], text[cut.end() :].strip(" \t)]}*"), folded(text))
    if zone := _ZONE_BEHIND.fullmatch(text):
        return Heading(zone[1], zone[2], folded(text))
    return Heading(text, "", folded(text))


@lru_cache(maxsize=1 << 15)
def folded(text: str) -> str:
    """Its letters and digits alone; neither case nor accents count."""
    return re.sub(r"[\W_]+", "", bare(text))


def bare(text: str) -> str:
    """Without accents, in lower case."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))
