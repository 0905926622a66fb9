"""Files that bots and people sent: their bytes on disk beside the state (or in memory), pictures measured."""

import mimetypes
import secrets
import struct
from pathlib import Path

from .model import Bot, File
from .params import Upload
from .refusals import bad_request

PHOTO_LIMIT = 10 * 1024 * 1024
FILE_LIMIT = 50 * 1024 * 1024
DOWNLOAD_LIMIT = 20 * 1024 * 1024


def picture_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG, GIF or WebP; None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        width, height = struct.unpack(">II", data[16:24])
        return width, height
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        width, height = struct.unpack("<HH", data[6:10])
        return width, height
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP" and len(data) >= 30 and data[12:16] == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None


class FileStore:
    """Bytes by path. With a folder they outlive the process; without one they live in memory."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._memory: dict[str, bytes] = {}

    def _place(self, bot: Bot, path: str) -> Path:
        assert self._folder is not None
        return self._folder / str(bot.id) / path.replace("/", "_")

    def read(self, bot: Bot, path: str) -> bytes | None:
        """The bytes, or None if there are none any more."""
        if self._folder is None:
            return self._memory.get(f"{bot.id}/{path}")
        place = self._place(bot, path)
        return place.read_bytes() if place.is_file() else None

    def add(self, bot: Bot, upload: Upload, kind: str) -> File:
        """Keeps an upload as `kind` (photo or document). Raises `Refusal` for what Telegram would not take."""
        if not upload.data:
            raise bad_request("file must be non-empty")
        width = height = 0
        if kind == "photo":
            if len(upload.data) > PHOTO_LIMIT:
                raise bad_request("file of size " + f"{len(upload.data)} bytes is too big for a photo; the maximum size is "
                                  f"{PHOTO_LIMIT} bytes")  # fmt: skip
            size = picture_size(upload.data)
            if size is None:
                raise bad_request("IMAGE_PROCESS_FAILED")
            width, height = size
            if width + height > 10000 or min(size) < 1 or max(size) > 20 * min(size):
                raise bad_request("PHOTO_INVALID_DIMENSIONS")
        number = len(bot.files) + 1
        suffix = Path(upload.name).suffix[:10] or (mimetypes.guess_extension(upload.mime) or "")
        mime = mimetypes.guess_type(upload.name)[0] or upload.mime or "application/octet-stream"
        file = File(
            id=f"{'AgAC' if kind == 'photo' else 'BQAC'}Ag{secrets.token_urlsafe(36)}",
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
            place = self._place(bot, file.path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(upload.data)
        bot.files[file.id] = file
        return file
