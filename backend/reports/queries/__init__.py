"""SQL of reports: `figures` counts, `lines` names and lists."""
