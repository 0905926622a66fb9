"""The screens of the admin: one file per scenario, its keys in the locales, its test beside the others."""
