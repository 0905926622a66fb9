"""What the backend counts and measures, for Prometheus. The names are listed in `gateway/docs/operator.md`."""
