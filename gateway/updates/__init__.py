"""An update's way from the wire to the bot and back."""
