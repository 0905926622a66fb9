"""Messages to all clients: each is an outbox row per person, so that a crash loses none and nobody gets it twice."""
