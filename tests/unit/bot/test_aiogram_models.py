"""aiogram's models are built when they are used first, and are then what aiogram's own import makes of them."""

import json
import subprocess
import sys

# in a process of its own: in this one, other tests have used what they needed
PROGRAM = """
import json
from gateway.bot_loader import import_bot
import_bot()
from aiogram import methods, types
from aiogram.methods.base import Response
from pydantic import ValidationError

models = [getattr(types, name) for name in types.__all__]
models = [model for model in models if hasattr(model, "model_rebuild")]
built = [model.__name__ for model in models if model.__pydantic_complete__]

chat = {"id": 1, "type": "channel"}
stickers = types.StickerSet.model_validate({"name": "cuts", "title": "Cuts", "sticker_type": "regular", "stickers": []})
try:
    types.Giveaway.model_validate({"chats": [chat, {"id": "many"}], "winners_selection_date": 1})
    places = []
except ValidationError as error:
    places = sorted(".".join(map(str, wrong["loc"])) for wrong in error.errors())
button = types.InlineKeyboardButton(text="Cut", callback_data="cut")
keyboard = types.InlineKeyboardMarkup(inline_keyboard=[[button]])
sent = methods.SendMediaGroup(chat_id=1, media=[types.InputMediaPhoto(media="id", caption="Cut")])
stars = Response[types.StarTransactions].model_validate_json(
    '{"ok": true, "result": {"transactions": [{"id": "1", "amount": 2, "date": 3, "nanostar_amount": 4}]}}'
)
message = types.Message.model_validate({"message_id": 1, "date": 2, "chat": chat, "reply_markup": keyboard.model_dump()})
print(json.dumps({
    "models": len(models),
    "built": built,
    "title": stickers.title,
    "places": places,
    "caption": sent.model_dump(exclude_none=True)["media"][0]["caption"],
    "stars": stars.result.transactions[0].amount,
    "pressed": message.reply_markup.inline_keyboard[0][0].callback_data,
    "dumped": message.model_dump(exclude_none=True)["chat"],
}))
"""


def test_models_are_built_when_they_are_used() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    told = json.loads(done.stdout)
    assert told.pop("models") > 300
    built = told.pop("built")
    assert "Update" in built
    assert len(built) < 40, built
    assert told == {
        "title": "Cuts",
        "places": ["chats.1.id", "chats.1.type", "winner_count"],
        "caption": "Cut",
        "stars": 2,
        "pressed": "cut",
        "dumped": {"id": 1, "type": "channel"},
    }
