"""SQL of schedules: what the engine needs, calendars as people change them, and the bookings that a change touches."""
