"""Rates: the numbers of the scripts and the bucket in the process."""
