"""Services, specialists and rooms in the database. The tenant comes first everywhere."""
