"""What people who sign in plug in."""

from datetime import timedelta

from server.accounts import commands, desk, links, signing_in, store
from server.feature import Chore, Feature
from server.services import Services
from server.web.doors import SIGNING_IN, Door, form_door, own_account


async def forget(services: Services) -> int:
    """Sessions and links whose time is over."""
    now = services.here.clock.now()
    return await services.database.write(lambda tx: store.delete_what_is_over(tx, now))


ACCOUNTS = Feature(
    name="accounts",
    routes=[
        form_door("/sign-in", signing_in.sign_in, SIGNING_IN),
        form_door("/sign-in/second-step", signing_in.second_step, SIGNING_IN),
        form_door("/sign-in/again", signing_in.again, own_account()),
        Door("/sign-out", signing_in.sign_out, own_account(), ("POST",)),
        form_door("/set-up/{token}", links.set_up, SIGNING_IN),
        form_door("/reset/{token}", links.reset, SIGNING_IN),
        form_door("/invitation/{token}", links.invitation, SIGNING_IN),
        Door("/desk", desk.first_page, own_account()),
    ],
    commands={
        "setup-link": commands.setup_link,
        "account.reset": commands.reset,
        "account.list": commands.everyone,
    },
    chores=[Chore("accounts", forget, timedelta(minutes=10))],
)
