"""What every screen is made of: texts, times, buttons, the one live menu."""
