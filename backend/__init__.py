"""The backend: decides rights, computes free times, takes bookings, keeps everything."""
