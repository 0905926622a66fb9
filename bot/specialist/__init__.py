"""The screens of the specialist: one file per scenario, its keys in the locales, its test beside the others."""
