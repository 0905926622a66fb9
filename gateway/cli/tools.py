"""`slotgate redis-acl` and `completion`: what an operator prints into a file."""

import rich_click as click

from gateway.cli.options import settings


@click.command("redis-acl")
def redis_acl() -> None:
    """Print the ACL file of a production Redis: three users with hashed passwords, the default user off."""
    from backend.contract.redis import acl_lines

    click.echo("\n".join(acl_lines(settings().require_key())))


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell: `slotgate completion bash > ~/.slotgate-complete`, then source it."""
    from click.shell_completion import get_completion_class

    from gateway.__main__ import cli

    found = get_completion_class(shell)
    assert found is not None
    click.echo(found(cli, {}, "slotgate", "_SLOTGATE_COMPLETE").source())
