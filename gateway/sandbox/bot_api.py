"""The Bot API over HTTP: `/bot<token>/<method>` and `/file/bot<token>/<path>`."""

import json
import re
from typing import Any
from urllib.parse import unquote

from litestar import MediaType, Request, Response, get, route
from litestar.datastructures import UploadFile
from litestar.exceptions import ClientException
from litestar.params import FromPath

from .methods import call
from .model import Bot, Json
from .params import Params, Upload
from .refusals import Refusal, bad_request, unauthorized
from .wiring import Box
from .world import Sandbox

_TOKEN = re.compile(r"\Abot(\d{1,18}:[A-Za-z0-9_-]{3,128})\Z")
JSON_LIMIT = 8 * 1024 * 1024


def _answer(status: int, body: Json) -> Response[bytes]:
    headers = {}
    retry_after = body.get("parameters", {}).get("retry_after")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    data = json.dumps(body).encode()
    return Response(data, status_code=status, media_type=MediaType.JSON, headers=headers)


def _bot(sandbox: Sandbox, segment: str) -> Bot:
    match = _TOKEN.match(unquote(segment))
    if not match:
        raise Refusal(404, "Not Found")
    bot = sandbox.bots.get(match[1])
    if bot is None:
        raise unauthorized()
    return bot


def _speakable(value: Any) -> None:
    """Telegram takes only text that UTF-8 can carry."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise bad_request("strings must be encoded in UTF-8") from None
    elif isinstance(value, dict):
        for key, item in value.items():
            _speakable(key)
            _speakable(item)
    elif isinstance(value, list):
        for item in value:
            _speakable(item)


async def read_params(request: Request[Any, Any, Any]) -> Params:
    """Parameters from the query and from the body, whichever type it has."""
    values: Json = dict(request.query_params.items())
    files: dict[str, Upload] = {}
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if request.method == "POST" and kind == "application/json":
        body = await request.body()
        if body.strip():
            try:
                decoded = json.loads(body)
            except (ValueError, RecursionError):
                raise bad_request("can't parse JSON object") from None
            if not isinstance(decoded, dict):
                raise bad_request("expected a JSON object")
            values |= decoded
    elif request.method == "POST" and kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
        try:
            form = await request.form()
        except ClientException:
            raise bad_request("can't parse the form") from None
        for name, item in form.multi_items():
            if isinstance(item, UploadFile):
                files[name] = Upload(item.filename or name, item.content_type or "", await item.read())
            else:
                values[name] = item
    try:
        _speakable(values)
    except RecursionError:
        raise bad_request("can't parse JSON object") from None
    return Params(values, files)


@route("/{bot_path:str}/{method:str}", http_method=["GET", "POST"], include_in_schema=False)
async def bot_method(
    request: Request[Any, Any, Any], bot_path: FromPath[str], method: FromPath[str], sandbox: Box
) -> Response[bytes]:
    """Any method of any bot."""
    try:
        bot = _bot(sandbox, bot_path)
        params = await read_params(request)
    except Refusal as refusal:
        return _answer(refusal.code, refusal.body())
    status, body = await call(sandbox, bot, method, params)
    return _answer(status, body)


@get("/file/{bot_path:str}/{file_path:path}", include_in_schema=False)
async def bot_file(bot_path: FromPath[str], file_path: FromPath[str], sandbox: Box) -> Response[bytes]:
    """A file that getFile named."""
    try:
        bot = _bot(sandbox, bot_path)
    except Refusal as refusal:
        return _answer(refusal.code, refusal.body())
    known = any(file.path == file_path.lstrip("/") for file in bot.files.values())
    data = sandbox.files.read(bot, file_path.lstrip("/")) if known else None
    if data is None:
        return _answer(404, Refusal(404, "Not Found").body())
    return Response(data, media_type="application/octet-stream")
