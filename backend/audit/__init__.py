"""Who did what, when: append-only, chained per tenant, sealed at its head."""
