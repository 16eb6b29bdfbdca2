"""All verbs in one application."""

import typer

from server.cli import (
    account,
    backup,
    block,
    call,
    check,
    demo,
    demo_servers,
    hub,
    init,
    initiative,
    moving,
    serve,
    setup_link,
    stats,
    systemd,
    work,
)

application = typer.Typer(
    name="antipole",
    help="Calls to action that no single server can take down.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
application.command()(init.init)
application.command()(serve.serve)
application.command()(work.work)
application.command("setup-link")(setup_link.setup_link)
application.add_typer(account.application, name="account")
application.add_typer(initiative.application, name="initiative")
application.add_typer(call.application, name="call")
application.add_typer(hub.application, name="hub")
application.command()(stats.stats)
application.command()(check.check)
application.add_typer(block.application, name="block")
application.command()(backup.backup)
application.command()(moving.export)
application.command("import")(moving.import_)
application.command()(systemd.systemd)
application.command()(demo.demo)
application.command(demo_servers.SERVE_WHILE_HELD, hidden=True)(demo_servers.serve_while_held)
