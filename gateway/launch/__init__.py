"""The file that the `slotgate` command starts with, and what puts it into a wheel."""
