"""The zip inside .xlsx, .xlsm, .xlsb and .ods, read only when its sizes and check sums are sound."""

import io
import re
import zipfile
import zlib

from ml_admin.imports import refusals

_USELESS = re.compile(
    r"(?:^|/)(?:media|drawings|printerSettings|charts|embeddings|Thumbnails|Pictures|docProps|customXml)/"
)
COPY_TABLE = "Copiez le tableau qu’il contient dans un classeur Excel, puis déposez ce classeur."
OTHER_OFFICE = {"word/": "un document Word", "ppt/": "une présentation PowerPoint", "visio/": "un dessin Visio"}
OTHER_OPEN = {"text": "un document texte", "presentation": "une présentation", "graphics": "un dessin"}


class Archive:
    """Members by their name, lower case, with forward slashes."""

    def __init__(self, content: bytes) -> None:
        """Raise RefusedFileError if the zip is damaged, encrypted, a bomb or holds two versions of one part."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, OverflowError) as error:
            raise refusals.damaged("l’archive qui le contient n’est pas entière") from error
        members = self._zip.infolist()
        self._check_sizes(members)
        self._members: dict[str, zipfile.ZipInfo] = {}
        for member in members:
            self._add(member)

    def _check_sizes(self, members: list[zipfile.ZipInfo]) -> None:
        if len(members) > refusals.MAX_MEMBERS or sum(m.file_size for m in members) > refusals.MAX_UNPACKED:
            raise refusals.unpacks_too_big()
        for member in members:
            ratio = member.file_size / max(member.compress_size, 1)
            if member.file_size > refusals.RATIO_FROM and ratio > refusals.MAX_RATIO:
                raise refusals.unpacks_too_big()
            if member.flag_bits & 1:
                raise refusals.password()

    def _add(self, member: zipfile.ZipInfo) -> None:
        name = member.filename.replace("\\", "/").lstrip("/").lower()
        twin = self._members.get(name)
        if twin and (twin.CRC, twin.file_size) != (member.CRC, member.file_size):
            raise refusals.damaged("il contient deux versions différentes d’une même partie")
        self._members[name] = member

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._members

    def names(self) -> list[str]:
        return list(self._members)

    def size(self, name: str) -> int:
        """Bytes of a part once unpacked."""
        return self._members[name.lower()].file_size

    def read(self, name: str) -> bytes:
        """The bytes of a part, its check sum compared (calamine does not)."""
        try:
            return self._zip.read(self._members[name.lower()])
        except KeyError as error:
            raise refusals.damaged("il lui manque une partie") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, OSError) as error:
            raise refusals.damaged("une partie ne correspond plus à sa somme de contrôle") from error

    def check(self, done: set[str]) -> None:
        """Compare the check sums of the parts that calamine may read and that are not in `done`."""
        for name in self._members:
            if name not in done and not name.endswith("/") and not _USELESS.search(name):
                self.read(name)

    def kind(self) -> str:
        """xlsx, xlsm, xlsb or ods; raise RefusedFileError, which names what the file is, for the others."""
        if "mimetype" in self:
            return self._open_document_kind()
        if "xl/workbook.bin" in self:
            return "xlsb"
        if "[content_types].xml" in self and any(name.startswith("xl/") for name in self._members):
            return "xlsm" if "xl/vbaproject.bin" in self else "xlsx"
        if "[content_types].xml" in self and b"spreadsheetml" in self.read("[content_types].xml"):
            return "xlsx"
        for folder, what in OTHER_OFFICE.items():
            if any(name.startswith(folder) for name in self._members):
                raise refusals.wrong_kind(what, COPY_TABLE)
        if "index/document.iwa" in self:
            raise refusals.wrong_kind("un document Numbers", "Exportez-le au format Excel (.xlsx), puis déposez-le.")
        raise refusals.wrong_kind(
            "une archive compressée", "Décompressez-la, puis déposez le classeur qu’elle contient."
        )

    def _open_document_kind(self) -> str:
        kind = self.read("mimetype").decode("ascii", "replace").strip().rpartition("opendocument.")[2]
        if kind.startswith("spreadsheet"):
            if "meta-inf/manifest.xml" in self and b"encryption-data" in self.read("meta-inf/manifest.xml"):
                raise refusals.password()
            return "ods"
        what = next((label for start, label in OTHER_OPEN.items() if kind.startswith(start)), "une archive compressée")
        raise refusals.wrong_kind(what, COPY_TABLE)
