"""The files of a call (uploads, `attach://`, known ids), and getFile."""

from gateway.sandbox.errors import BadRequest
from gateway.sandbox.files import DOWNLOAD_LIMIT
from gateway.sandbox.methods.registry import Call, api_method
from gateway.sandbox.model import File, Json
from gateway.sandbox.views import file_json


def take_file(call: Call, field: str, kind: str, value: str | None = None) -> File:
    """Return the file that a parameter names: an upload (under its own name or by `attach://`) or a `file_id`.

    `value` takes the parameter's place where the name stands inside a structure. Raises BotApiError.
    """
    files = call.params.files
    if value is None:
        value = call.params.string(field)
        if field in files:
            return call.sandbox.files.add(call.bot, files[field], kind)
    if value.startswith("attach://"):
        name = value.removeprefix("attach://")
        if name not in files:
            raise BadRequest(f"file attachment '{name}' not found" if name else "attached file name is empty")
        return call.sandbox.files.add(call.bot, files[name], kind)
    if not value:
        raise BadRequest(f"there is no {kind} in the request")
    if value.startswith(("http://", "https://")):
        raise BadRequest("failed to get HTTP URL content")  # the sandbox reaches nothing outside this machine
    file = call.bot.files.get(value)
    if file is None:
        raise BadRequest("wrong file identifier/HTTP URL specified")
    if file.kind != kind:
        raise BadRequest(f"can't use file of type {file.kind.capitalize()} as {kind.capitalize()}")
    return file


@api_method("getFile")
async def get_file(call: Call) -> Json:
    """Return a file with its `file_path`, to be downloaded from `/file/bot<token>/<file_path>`."""
    file_id = call.params.string("file_id")
    if not file_id:
        raise BadRequest("file_id not specified")
    file = call.bot.files.get(file_id)
    if file is None:
        raise BadRequest("wrong file_id or the file is temporarily unavailable")
    if file.size > DOWNLOAD_LIMIT:
        raise BadRequest("file is too big")
    return {**file_json(file), "file_path": file.path}
