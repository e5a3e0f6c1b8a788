"""ZIP files whose members may be compressed with Zstandard, which Python's own reader learns in 3.14."""

import struct
import zipfile
import zlib
from pathlib import Path
from typing import Self

from experiments.importing.rows import ImportingError

ZSTANDARD = 93
_LOCAL_HEADER = struct.Struct("<4s5H3I2H")


class Zipped:
    """A ZIP file to read members of; a context manager.

    Attributes:
        path: The file.
        names: Its members, in the order written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._archive = zipfile.ZipFile(path)
        except zipfile.BadZipFile:
            raise ImportingError(f"{path} is no ZIP file, or was cut off") from None
        except OSError as error:
            raise ImportingError(f"{path} cannot be read: {error.strerror or error}") from None
        self._members = {member.filename: member for member in self._archive.infolist()}
        self.names = tuple(self._members)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def read(self, name: str) -> bytes:
        """A member's content.

        Raises:
            ImportingError: It is damaged, or compressed in a way that cannot be read here.
        """
        member = self._members[name]
        try:
            return self._unpacked(member) if member.compress_type == ZSTANDARD else self._archive.read(member)
        except NotImplementedError:
            raise ImportingError(
                f"{self.path}, {name} is compressed with method {member.compress_type}, which cannot be read "
                "here; write the log with another compression"
            ) from None
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, struct.error) as error:
            raise ImportingError(f"{self.path}, {name} is damaged: {error}") from None

    def _unpacked(self, member: zipfile.ZipInfo) -> bytes:
        import pyarrow as pa

        with self.path.open("rb") as file:
            file.seek(member.header_offset)
            header = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
            file.seek(header[-2] + header[-1], 1)  # the member's name and further fields
            packed = file.read(member.compress_size)
        with pa.input_stream(pa.BufferReader(packed), compression="zstd") as stream:
            content = stream.read()
        if zlib.crc32(content) != member.CRC:
            raise ValueError("its content does not have its checksum")
        return content
