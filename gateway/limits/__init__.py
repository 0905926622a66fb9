"""Rate limits: how a rate is written, and the generic cell rate algorithm (GCRA) that keeps it."""
