"""The home of a client, a specialist or an admin, and the agenda of a day: each read in one transaction."""
