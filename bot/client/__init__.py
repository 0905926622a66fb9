"""The screens of the client: one file per scenario, its keys in the locales, its test beside the others."""
