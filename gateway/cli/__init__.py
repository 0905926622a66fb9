"""The commands, by name, in the order of use: `module, attribute`, imported only when asked for.

To add one: write it in a file here and name it in the table.
"""

_BACKEND = "gateway.cli.backend"
_QUARANTINE = "gateway.cli.quarantine"
_SERVE = "gateway.cli.serve"
_TENANTS = "gateway.cli.tenants"

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (_SERVE, "demo"),
    "up": (_SERVE, "up"),
    "gateway": (_SERVE, "gateway"),
    "backend": (_BACKEND, "backend"),
    "migrate": (_BACKEND, "migrate"),
    "init-admin": (_BACKEND, "init_admin"),
    "tenants": ("group", "tenants"),
    "import": (_BACKEND, "import_"),
    "export": (_BACKEND, "export"),
    "backup": (_BACKEND, "backup"),
    "restore": (_BACKEND, "restore"),
    "audit": (_BACKEND, "audit"),
    "quarantine": ("group", "quarantine"),
    "redis-acl": ("gateway.cli.tools", "redis_acl"),
    "completion": ("gateway.cli.tools", "completion"),
}

GROUPS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "quarantine": (
        "Updates that failed each time: kept for you to look at, to try again, to drop.",
        {
            "list": (_QUARANTINE, "list_"),
            "replay": (_QUARANTINE, "replay"),
            "drop": (_QUARANTINE, "drop"),
        },
    ),
    "tenants": (
        "The businesses of this installation: one YAML file each.",
        {
            "new": ("gateway.cli.tenants_new", "new"),
            "check": (_TENANTS, "check"),
            "list": (_TENANTS, "list_"),
            "doctor": ("gateway.cli.doctor", "doctor"),
            "schema": (_TENANTS, "schema"),
            "remove": (_TENANTS, "remove"),
        },
    ),
}
