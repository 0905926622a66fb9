"""The rival: aiogram's own webhook handler for one bot that answers every press with a keyboard of twelve buttons.

As its documentation shows it, its two log lines an update included, for ours writes as many:
`python -m tests.bench.rival PORT` with the token, the secret and the Bot API's address in the environment.
"""

import logging
import os
import sys

from aiogram import Bot, Dispatcher, Router
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message
from aiogram.webhook.aiohttp_server import SimpleRequestHandler, setup_application
from aiohttp import web

router = Router()


@router.callback_query()
async def answer(query: CallbackQuery) -> None:
    """Answer a press: this is the whole bot."""
    rows = [
        [InlineKeyboardButton(text=f"Service {row * 3 + column + 1}", callback_data=f"service:{row * 3 + column}")
         for column in range(3)]
        for row in range(4)
    ]  # fmt: skip
    if isinstance(query.message, Message):
        await query.message.edit_text("Choose a service", reply_markup=InlineKeyboardMarkup(inline_keyboard=rows))


def main(port: int) -> None:
    logging.basicConfig(level=logging.INFO)
    api = TelegramAPIServer.from_base(os.environ["BENCH_API"])
    bot = Bot(os.environ["BENCH_TOKEN"], session=AiohttpSession(api=api))
    dispatcher = Dispatcher()
    dispatcher.include_router(router)
    app = web.Application()
    # answered after the work, as the gateway does: acknowledging first loses updates in a crash
    handler = SimpleRequestHandler(dispatcher, bot, handle_in_background=False, secret_token=os.environ["BENCH_SECRET"])
    handler.register(app, path="/webhook")
    setup_application(app, dispatcher, bot=bot)
    if os.environ.get("BENCH_UVLOOP"):
        import uvloop

        web.run_app(app, host="127.0.0.1", port=port, print=None, loop=uvloop.new_event_loop())
    else:
        web.run_app(app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    main(int(sys.argv[1]))
