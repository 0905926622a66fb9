"""The commands by name, in the order of use, as `(module, attribute)`: a module is imported when its command runs.

To add one, write it in a module here and name it in a table below.
"""

_BACKEND = "gateway.cli.backend"
_PRINTING = "gateway.cli.printing"
_QUARANTINE = "gateway.cli.quarantine"
_SERVE = "gateway.cli.serve"
_TENANTS = "gateway.cli.tenants"

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (_SERVE, "demo_command"),
    "up": (_SERVE, "up_command"),
    "gateway": (_SERVE, "gateway_command"),
    "backend": (_BACKEND, "backend_command"),
    "migrate": (_BACKEND, "migrate_command"),
    "init-admin": (_BACKEND, "init_admin_command"),
    "tenants": ("group", "tenants"),
    "import": (_BACKEND, "import_command"),
    "export": (_BACKEND, "export_command"),
    "backup": (_BACKEND, "backup_command"),
    "restore": (_BACKEND, "restore_command"),
    "move-to-postgres": (_BACKEND, "move_command"),
    "audit": (_BACKEND, "audit_command"),
    "quarantine": ("group", "quarantine"),
    "redis-acl": (_PRINTING, "redis_acl_command"),
    "completion": (_PRINTING, "completion_command"),
}

GROUPS: dict[str, tuple[str, dict[str, tuple[str, str]]]] = {
    "quarantine": (
        "Updates that failed each time: kept for you to look at, to try again, to drop.",
        {
            "list": (_QUARANTINE, "list_command"),
            "replay": (_QUARANTINE, "replay_command"),
            "drop": (_QUARANTINE, "drop_command"),
        },
    ),
    "tenants": (
        "The businesses of this installation: one YAML file each.",
        {
            "new": ("gateway.cli.tenants_new", "new_command"),
            "check": (_TENANTS, "check_command"),
            "list": (_TENANTS, "list_command"),
            "doctor": ("gateway.cli.doctor", "doctor_command"),
            "schema": (_PRINTING, "schema_command"),
            "remove": (_TENANTS, "remove_command"),
        },
    ),
}
