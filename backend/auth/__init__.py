"""Who calls, in which business, and whether they may."""
