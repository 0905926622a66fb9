"""`slotgate redis-acl`, `completion` and `tenants schema`: what an operator prints into a file."""

import rich_click as click
from click.shell_completion import get_completion_class

from backend.contract.redis import acl_lines
from gateway.cli.options import load_settings, print_json
from gateway.tenants.json_schema import tenant_schema


@click.command("redis-acl")
def redis_acl_command() -> None:
    """Print the ACL file of a production Redis: three users with hashed passwords, the default user off."""
    click.echo("\n".join(acl_lines(load_settings().require_key())))


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion_command(context: click.Context, shell: str) -> None:
    """Print the completion script of a shell: `slotgate completion bash > ~/.slotgate-complete`, then source it."""
    completion_class = get_completion_class(shell)
    assert completion_class is not None
    script = completion_class(context.find_root().command, {}, "slotgate", "_SLOTGATE_COMPLETE").source()
    click.echo(script)


@click.command("schema")
def schema_command() -> None:
    """Print the JSON Schema of tenant files, for editors."""
    print_json(tenant_schema())
