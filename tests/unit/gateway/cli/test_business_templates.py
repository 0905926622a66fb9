"""The business files of `tenants new --template`: what `import` reads, with nobody in them."""

import pytest

from backend.tenancy.business.parse import load_business
from gateway.cli.business_templates import TEMPLATES, business_text


@pytest.mark.parametrize("locale", ["en", "ru"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_can_be_imported_and_names_nobody(template: str, locale: str) -> None:
    text = business_text(template, locale)
    business, problems = load_business(text, "shop.yaml")
    assert business is not None, problems
    assert business.services
    assert not business.specialists
    # the example in its last lines is right as well
    with_people = (
        text.replace("# specialists:", "specialists:").replace("#   - name", "  - name").replace("#     ", "    ")
    )
    business, problems = load_business(with_people, "shop.yaml")
    assert business is not None, problems
    assert len(business.specialists or {}) == 1
