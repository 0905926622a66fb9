"""Working hours, time off, closures and free times. The pure engine is `zones`, `intervals`, `hours`, `rules`, `visits`."""
