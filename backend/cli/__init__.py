"""The backend's commands; `python -m backend` is their entry."""
