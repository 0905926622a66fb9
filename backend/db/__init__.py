"""The database: every table, the engines, the one writer, and the only branches between SQLite and PostgreSQL."""
