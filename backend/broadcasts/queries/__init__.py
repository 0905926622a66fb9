"""SQL of broadcasts: `drafts` as written, `audience` who gets it, `messages` as sent, `outcomes` what came of it."""
