"""What can be booked: services, specialists, rooms."""
