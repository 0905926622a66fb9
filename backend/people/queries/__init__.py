"""People, their roles and clients in the database. The tenant comes first everywhere."""
