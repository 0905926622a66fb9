"""What the buttons of the admin's screens carry."""
