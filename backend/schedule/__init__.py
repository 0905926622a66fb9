"""Working hours, time off, closures and free times.

The pure engine, from the bottom: `zones`, `intervals`, `hours`, `steps`, `facts`, `search`, `minute_sets`, `rules`,
`handoffs`, `assignment`, `reasons`.
"""
