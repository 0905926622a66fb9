"""Messages to people: written with the change that causes them, handed to the sender under a lease."""
