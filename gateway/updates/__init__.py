"""The path of an update: from the door to the bot and back."""
