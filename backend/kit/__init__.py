"""What all three packages stand on and that knows nothing of booking. Imports nothing of Slotgate but the wire."""
