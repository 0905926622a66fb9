"""Messages of the outbox on their way: handed to a sender under a lease, reported on, tried again."""
