"""Reading how a business can be called."""

import yaml

from backend.kit.phones import MAX_LENGTH, MAX_PHONES, split_phones
from backend.kit.strict_yaml import Reader
from backend.tenancy.business import rules


def read_phones(reader: Reader, nodes: dict[str, yaml.Node]) -> list[str] | None:
    """Return the business's numbers: a list `phones`, or a text `phone` with one or several."""
    if "phones" in nodes:
        if "phone" in nodes:
            reader.report(nodes["phone"], "", "`phones` has the numbers already: leave `phone` out")
        texts = reader.read_texts(nodes["phones"], "phones", MAX_PHONES, '["+7 495 000-00-00"]')
    elif "phone" in nodes:
        text = reader.read_text(nodes["phone"], "phone")
        texts = [(phone, nodes["phone"]) for phone in split_phones(text or "")]
        if len(texts) > MAX_PHONES:
            reader.report(nodes["phone"], "", f"must have at most {MAX_PHONES} numbers, not {len(texts)}")
    else:
        return None
    phones: list[str] = []
    for phone, node in texts:
        try:
            rules.text_within(MAX_LENGTH)(phone)
        except ValueError as error:
            reader.report(node, "phones", str(error))
        if split_phones(phone) != [phone]:
            reader.report(node, "phones", "each number is an entry of its own, without a comma")
        phones.append(phone)
    return list(dict.fromkeys(phones))
