"""Messages of their own (confirmations, changes, reminders), never the menu: composing, sending, their buttons."""
