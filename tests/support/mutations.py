"""Updates and requests as nobody should send them: from a seed, so that what was found can be found again."""

import copy
import random
from collections.abc import Callable
from typing import Any

import msgspec

NASTY: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 1.5, -0.0, 1e308,
    "", " ", "0", "null", "\x00", "\ud800", "\u202etxet", "<b>&amp;</i>", "a" * 5000, "🂡" * 300, "\n\n\n", "-1",
    "%s%n", "../../etc/passwd", "'; DROP TABLE people; --", "1c.all:0~-", "/start", "/start inv_x", "ｄｉｇｉｔ",
    [], {}, [[]], [None], {"id": 1}, [{"type": "bold", "offset": -5, "length": 10**9}], {"": {"": {"": []}}},
]  # fmt: skip
COMMANDS = ("start", "help", "cancel", "menu", "book", "today", "clients", "START", "start@x", "")


class Mutator:
    """`dice` decides everything; `routes` are the bot's own, so that its buttons are pressed with foreign ids."""

    def __init__(self, dice: random.Random, routes: list[str], people: list[int]) -> None:
        self.dice, self.routes, self.people = dice, routes, people
        self.number = dice.randrange(10**6, 10**9)

    def body(self) -> bytes:
        """Return an update's body, more or less broken."""
        update = self.update()
        for _ in range(self.dice.choice((0, 0, 0, 1, 1, 2))):
            self._twist(update)
        try:
            body = msgspec.json.encode(update)
        except (ValueError, TypeError, UnicodeEncodeError, OverflowError):
            import json

            body = json.dumps(update).encode()  # with its surrogates written as escapes
        for _ in range(self.dice.choice((0, 0, 0, 0, 0, 0, 1, 3))):
            body = self._bend(body)
        return body

    def update(self) -> dict[str, Any]:
        """Return a sound update of a kind that the bot may get."""
        self.number += 1
        make: Callable[[], dict[str, Any]] = self.dice.choice(
            (self._message, self._message, self._press, self._press, self._press, self._contact, self._other)
        )
        return {"update_id": self.number, **make()}

    def _person(self) -> dict[str, Any]:
        person = {"id": self.dice.choice(self.people), "is_bot": False, "first_name": self._text() or "A"}
        return person | self.dice.choice(({}, {"language_code": "ru"}, {"username": "x", "language_code": "xx-YY"}))

    def _said(self, **content: Any) -> dict[str, Any]:
        person = self._person()
        chat = {"id": person["id"], "type": "private", "first_name": "A"}
        return {
            "message_id": self.dice.randrange(1, 99),
            "date": 1_790_000_000,
            "chat": chat,
            "from": person,
            **content,
        }

    def _message(self) -> dict[str, Any]:
        text = self._text()
        if self.dice.random() < 0.4:
            text = f"/{self.dice.choice(COMMANDS)} {text}"[:4096]
        return {"message": self._said(text=text)}

    def _contact(self) -> dict[str, Any]:
        contact = {"phone_number": self._text(), "first_name": "A", "user_id": self.dice.choice([*self.people, 7])}
        return {"message": self._said(contact=contact)}

    def _press(self) -> dict[str, Any]:
        route = self.dice.choice(self.routes)
        values = ("0", "1", "2", "3", "zz", "hl3k2", "1y2p0ij32e7", "-1", "x_Y", "")
        arguments = [self.dice.choice(values) for _ in range(self.dice.randrange(5))]
        mark = self.dice.choice(("-", "-", "-", "abc", ""))
        again = self.dice.choice(("", "", "", "!1z", "!"))
        data = ":".join([f"1{route}", *arguments]) + f"{again}~{mark}"
        press = {"id": str(self.number), "chat_instance": "-4611686018427387904", "data": data[:64]}
        said = self._said(text="x")
        return {"callback_query": press | {"from": said["from"], "message": said}}

    def _other(self) -> dict[str, Any]:
        said = self._said(text="x")
        kinds: list[dict[str, Any]] = [
            {"edited_message": said},
            {"channel_post": said},
            {"my_chat_member": {"chat": said["chat"], "from": said["from"], "date": 1}},
            {"pre_checkout_query": {"id": "p", "from": said["from"], "currency": "EUR", "total_amount": 1}},
            {"message": said, "callback_query": {"id": "1", "from": said["from"]}},
            {"callback_query": {"id": "1", "from": said["from"], "inline_message_id": "x", "data": "1home~-"}},
            {"message": said | {"chat": {"id": -100, "type": "supergroup", "title": "x"}}},
            {"message": said | {"sticker": {"file_id": "x"}, "text": None}},
            {},
        ]
        return self.dice.choice(kinds)

    def _text(self) -> str:
        texts = [one for one in NASTY if isinstance(one, str)]
        return self.dice.choice([*texts, "Anna", "+49 170 1234567", "10:00", "31.12.2026", "1500", "ABCD-EFGH"])

    def _twist(self, value: Any) -> None:
        """Change one place somewhere in the tree."""
        while isinstance(value, dict | list) and value:
            key = self.dice.choice(list(value)) if isinstance(value, dict) else self.dice.randrange(len(value))
            if isinstance(value[key], dict | list) and value[key] and self.dice.random() < 0.7:
                value = value[key]
                continue
            act = self.dice.randrange(6)
            if act == 0:
                del value[key]
            elif act == 1 and isinstance(value, dict):
                other = self.dice.choice(("role", "tenant", "date", "id", "chat", "from", "text"))
                value[other] = copy.deepcopy(value[key])
            else:
                value[key] = copy.deepcopy(self.dice.choice(NASTY))
            return

    def _bend(self, body: bytes) -> bytes:
        """Change the bytes themselves."""
        at = self.dice.randrange(len(body) + 1)
        junk = self.dice.choice((b"\xff", b"\x00", b"[" * 3000, b'{"a":' * 2000, b"\xed\xa0\x80", b'"', b"}", b"1e999",
                                 b"99999999999999999999", b"\\ud800", b" " * 100, b"NaN"))  # fmt: skip
        act = self.dice.randrange(4)
        if act == 0:
            return body[:at]
        if act == 1:
            return body[:at] + junk + body[at:]
        if act == 2 and body:
            at = min(at, len(body) - 1)
            return body[:at] + bytes([self.dice.randrange(256)]) + body[at + 1 :]
        return body[at:] + body[:at]
