"""The files that bots and people sent: their bytes, on disk beside the state or in memory, and pictures' sizes."""

import mimetypes
import re
import secrets
import struct
from pathlib import Path

from gateway.sandbox.errors import BadRequest
from gateway.sandbox.model import Bot, File
from gateway.sandbox.params import Upload

PHOTO_LIMIT = 10 * 1024 * 1024
DOWNLOAD_LIMIT = 20 * 1024 * 1024
_ID_STARTS = {"photo": "AgAC", "voice": "AwAC", "document": "BQAC"}
_SUFFIX = re.compile(r"\A\.[A-Za-z0-9]{1,9}\Z")
_MIME = re.compile(r"\A[A-Za-z0-9.+-]+/[A-Za-z0-9.+-]+\Z")


def read_picture_size(data: bytes) -> tuple[int, int] | None:
    """Return width and height of a PNG, JPEG, GIF or WebP in pixels, None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30 and data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    return _read_jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _read_jpeg_size(data: bytes) -> tuple[int, int] | None:
    position = 2
    while position + 9 < len(data) and data[position] == 0xFF:
        marker, length = data[position + 1], int.from_bytes(data[position + 2 : position + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[position + 5 : position + 9])
            return width, height
        position += 2 + length
    return None


class FileStore:
    """Bytes by path. With a folder they outlive the process, without one they are kept in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}

    def _file_path(self, bot: Bot, path: str) -> Path:
        assert self._folder is not None
        return self._folder / str(bot.id) / path.replace("/", "_")

    def read(self, bot: Bot, path: str) -> bytes | None:
        """Return the bytes, or None if the file is gone."""
        if self._folder is None:
            return self._memory.get(f"{bot.id}/{path}")
        file_path = self._file_path(bot, path)
        return file_path.read_bytes() if file_path.is_file() else None

    def add(self, bot: Bot, upload: Upload, kind: str) -> File:
        """Store an upload as `kind` (photo, voice or document). Raises BotApiError for a file that Telegram would refuse."""
        if not upload.data:
            raise BadRequest("file must be non-empty")
        width = height = 0
        if kind == "photo":
            if len(upload.data) > PHOTO_LIMIT:
                raise BadRequest(
                    f"file of size {len(upload.data)} bytes is too big for a photo; the maximum size is {PHOTO_LIMIT} bytes"
                )
            size = read_picture_size(upload.data)
            if size is None:
                raise BadRequest("IMAGE_PROCESS_FAILED")
            width, height = size
            if width + height > 10000 or min(size) < 1 or max(size) > 20 * min(size):
                raise BadRequest("PHOTO_INVALID_DIMENSIONS")
        number = len(bot.files) + 1
        suffix = Path(upload.name).suffix[:10]
        if not _SUFFIX.match(suffix):  # it becomes a part of a path
            suffix = mimetypes.guess_extension(upload.mime) or ""
        mime = mimetypes.guess_type(upload.name)[0] or upload.mime
        if not _MIME.match(mime):  # it becomes a header
            mime = "application/octet-stream"
        file = File(
            id=f"{_ID_STARTS[kind]}Ag{secrets.token_urlsafe(36)}",
            unique_id=secrets.token_urlsafe(10),
            path=f"{kind}s/file_{number}{suffix}",
            name=upload.name,
            mime=mime,
            size=len(upload.data),
            kind=kind,
            width=width,
            height=height,
        )
        if self._folder is None:
            self._memory[f"{bot.id}/{file.path}"] = upload.data
        else:
            file_path = self._file_path(bot, file.path)
            file_path.parent.mkdir(parents=True, exist_ok=True)
            file_path.write_bytes(upload.data)
        bot.files[file.id] = file
        return file
