"""Archives that unpack to far more than they are, or say of themselves what is not so."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from typing import NamedTuple

_BLOCK = 1 << 20


class Member(NamedTuple):
    """As it lies in an archive, deflated. `size`: of what comes out."""

    deflated: bytes
    crc: int
    size: int


def bomb(before: bytes, unit: bytes, size: int, after: bytes = b"") -> Member:
    """The unit over and over, to that size; made without ever being whole, so without its CRC."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    block = unit * max(1, _BLOCK // len(unit))
    # After a full flush a block does not refer to what came before it: so it can be repeated.
    start = packer.compress(before) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    end = packer.compress(after) + packer.flush()
    times = size // len(block)
    return Member(start + middle * times + end, 0, len(before) + len(block) * times + len(after))


def archive(parts: Mapping[str, bytes | Member], said_sizes: int | None = None) -> bytes:
    """Stored and deflated members. `said_sizes`: what it says of each deflated one's."""
    content, directory = bytearray(), bytearray()
    for name, part in parts.items():
        stored = isinstance(part, bytes)
        member = Member(part, zlib.crc32(part), len(part)) if isinstance(part, bytes) else part
        size = member.size if stored or said_sizes is None else said_sizes
        about = (0 if stored else 8, 0, 33, member.crc, len(member.deflated), size & 0xFFFFFFFF)
        key = name.encode()
        directory += struct.pack("<4s4H2H3L", b"PK\1\2", 20, 20, 0, *about)
        directory += struct.pack("<5H2L", len(key), 0, 0, 0, 0, 0, len(content)) + key
        content += struct.pack("<4s2H3H3L2H", b"PK\3\4", 20, 0, *about, len(key), 0) + key
        content += member.deflated
    end = (0, 0, len(parts), len(parts), len(directory), len(content), 0)
    return bytes(content + directory + struct.pack("<4s4H2LH", b"PK\5\6", *end))
