"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import json
import re
from urllib.parse import unquote

from litestar import MediaType, Response, get, route
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException
from litestar.params import FromPath

from gateway.sandbox.dependencies import HttpRequest, SandboxDependency
from gateway.sandbox.errors import BadRequest, BotApiError, Unauthorized
from gateway.sandbox.methods import call_method
from gateway.sandbox.model import Bot, Json
from gateway.sandbox.params import Params, Upload
from gateway.sandbox.sandbox import Sandbox

_TOKEN = re.compile(r"\Abot(\d{1,18}:[A-Za-z0-9_-]{3,128})\Z")


def _render(status: int, body: Json) -> Response[bytes]:
    headers = {}
    retry_after = body.get("parameters", {}).get("retry_after")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    data = json.dumps(body).encode()
    return Response(data, status_code=status, media_type=MediaType.JSON, headers=headers)


def _require_bot(sandbox: Sandbox, segment: str) -> Bot:
    """Return the bot that the path's first segment names. Raises BotApiError."""
    match = _TOKEN.match(unquote(segment))
    if not match:
        raise BotApiError(404, "Not Found")
    bot = sandbox.bots.get(match[1])
    if bot is None:
        raise Unauthorized()
    return bot


def _check_encodable(value: object) -> None:
    """Raise BotApiError for a text that UTF-8 can't encode (an unpaired surrogate)."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise BadRequest("strings must be encoded in UTF-8") from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_encodable(key)
            _check_encodable(item)
    elif isinstance(value, list):
        for item in value:
            _check_encodable(item)


async def read_params(request: HttpRequest) -> Params:
    """Read a method's parameters from the query and from a body of any type. Raises BotApiError."""
    values: Json = dict(request.query_params.items())
    files: dict[str, Upload] = {}
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and content_type == "application/json":
        values |= _decode_object(await request.body())
    elif request.method == "POST" and content_type in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            form = await request.form()
        except ClientException:
            raise BadRequest("can't parse the form") from None
        for name, item in form.multi_items():
            if isinstance(item, UploadFile):
                files[name] = Upload(item.filename or name, item.content_type or "", await item.read())
            else:
                values[name] = item
    try:
        _check_encodable(values)
    except RecursionError:
        raise BadRequest("can't parse JSON object") from None
    return Params(values, files)


def _decode_object(body: bytes) -> Json:
    if not body.strip():
        return {}
    try:
        decoded = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequest("can't parse JSON object") from None
    if not isinstance(decoded, dict):
        raise BadRequest("expected a JSON object")
    return decoded


@route("/{bot_path:str}/{method:str}", http_method=["GET", "POST"], include_in_schema=False)
async def call_bot_method(
    request: HttpRequest, bot_path: FromPath[str], method: FromPath[str], sandbox: SandboxDependency
) -> Response[bytes]:
    """Call a method of a bot."""
    try:
        bot = _require_bot(sandbox, bot_path)
        params = await read_params(request)
    except BotApiError as error:
        return _render(error.code, error.body())
    status, body = await call_method(sandbox, bot, method, params)
    return _render(status, body)


@get("/file/{bot_path:str}/{file_path:path}", include_in_schema=False)
async def download_bot_file(
    bot_path: FromPath[str], file_path: FromPath[str], sandbox: SandboxDependency
) -> Response[bytes]:
    """Return the bytes of a file by the `file_path` of getFile."""
    try:
        bot = _require_bot(sandbox, bot_path)
    except BotApiError as error:
        return _render(error.code, error.body())
    known = any(file.path == file_path.lstrip("/") for file in bot.files.values())
    data = sandbox.files.read(bot, file_path.lstrip("/")) if known else None
    if data is None:
        return _render(404, BotApiError(404, "Not Found").body())
    return Response(data, media_type="application/octet-stream")
