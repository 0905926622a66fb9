"""The JSON Schema of a tenant file, from which editors complete and check. The loader says more, and has the last word."""

from backend.contract.people import LOCALES
from gateway.tenants.file import MAX_ORIGINS, list_currencies, list_zones

SCHEMA_FILE = ".tenant.schema.json"
MODELINE = f"# yaml-language-server: $schema={SCHEMA_FILE}"

_IN_BOT = "Left out: an admin says it in the bot."


def tenant_schema() -> dict[str, object]:
    """Return the schema (draft 2020-12)."""
    rate = {
        "type": "string",
        "pattern": "^[0-9]{1,7}/(second|minute|hour)( burst [0-9]{1,7})?$",
        "examples": ["30/minute", "30/minute burst 60"],
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Slotgate tenant",
        "type": "object",
        "additionalProperties": False,
        "required": ["bot_token"],
        "properties": {
            "name": {
                "type": "string",
                "minLength": 1,
                "maxLength": 64,
                "description": f"The business's name. {_IN_BOT}",
            },
            "bot_token": _secret("The bot's token from @BotFather."),
            "webhook_secret": _secret("Left out: derived from the internal key and the slug."),
            "timezone": {"enum": sorted(list_zones()), "description": f"An IANA zone. {_IN_BOT}"},
            "locale": {"enum": list(LOCALES), "description": f"The bot's language. {_IN_BOT}"},
            "currency": {"enum": sorted(list_currencies()), "description": f"An ISO 4217 code. {_IN_BOT}"},
            "enabled": {"type": "boolean", "default": True, "description": "false: answers 410, keeps its data."},
            "rate_limits": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "per_user": {**rate, "default": "30/minute"},
                    "per_tenant": {**rate, "default": "1200/minute"},
                    "public": {**rate, "default": "60/minute"},
                },
            },
            "public": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "enabled": {"type": "boolean", "default": False},
                    "origins": {
                        "type": "array",
                        "maxItems": MAX_ORIGINS,
                        "items": {"type": "string", "examples": ["https://barber.example"]},
                    },
                },
            },
        },
    }


def _secret(description: str) -> dict[str, object]:
    return {
        "type": "string",
        "description": f"{description} env:NAME or file:PATH.",
        "examples": ["env:BARBER_BOT_TOKEN", "file:/run/secrets/barber"],
    }
