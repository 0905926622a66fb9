"""What clients write to the business of their own accord, and what staff answer."""
