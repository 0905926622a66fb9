"""What the secret that gateway and backend share must look like."""

SHORTEST = 32
HOW_TO_MAKE_ONE = "make one with `openssl rand -hex 32` and keep it"


def describe_bad_key(key: str) -> str:
    """Return what is wrong with a key, in a sentence that shows nothing of it; empty where nothing is."""
    if not key:
        return f"SLOTGATE_INTERNAL_KEY is not set: gateway and backend share it; {HOW_TO_MAKE_ONE}."
    if not all("!" <= character <= "~" for character in key):
        return "SLOTGATE_INTERNAL_KEY must consist of visible ASCII characters without spaces."
    if len(key) < SHORTEST:
        return f"SLOTGATE_INTERNAL_KEY has fewer than {SHORTEST} characters; {HOW_TO_MAKE_ONE}."
    return ""
