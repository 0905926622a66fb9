"""SQL of notices: `messages` are claimed and reported on, `deciders` may answer requests, `state` is for metrics."""
