"""`slotgate demo`: the whole product on one machine, with the sandbox in place of Telegram."""
