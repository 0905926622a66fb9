"""Tenant files: read, checked, watched, and the snapshot that serving looks at."""
