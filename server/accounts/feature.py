"""What people who sign in plug in."""

from datetime import timedelta

from server.accounts import (
    account_pages,
    commands,
    desk,
    links,
    people_pages,
    second_step_pages,
    signing_in,
    store,
)
from server.feature import Chore, DeskLink, Feature
from server.services import Services
from server.taxonomy.words import N_
from server.web.doors import SIGNING_IN, Door, form_door, own_account, own_rights


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
        Door("/desk/account", account_pages.overview, own_account()),
        form_door("/desk/account/name", account_pages.name, own_account()),
        form_door("/desk/account/passphrase", account_pages.passphrase, own_account(fresh=True)),
        form_door("/desk/account/recovery-codes", account_pages.recovery_codes, own_account(fresh=True)),
        form_door("/desk/account/sessions", account_pages.sessions, own_account()),
        form_door("/desk/account/second-step", second_step_pages.app, own_account(fresh=True)),
        form_door("/desk/account/second-step/remove", second_step_pages.remove_app, own_account(fresh=True)),
        form_door("/desk/account/passkeys", second_step_pages.keys, own_account(fresh=True)),
        form_door(
            "/desk/account/passkeys/{passkey}/remove", second_step_pages.remove_key, own_account(fresh=True)
        ),
        Door("/desk/people", people_pages.everybody, own_rights()),
        form_door("/desk/people/invite", people_pages.invite, own_rights(fresh=True)),
        form_door("/desk/people/invitations/{invitation}/revoke", people_pages.revoke, own_rights()),
        form_door("/desk/people/{account}/{scope}", people_pages.take_away, own_rights(fresh=True)),
    ],
    commands={
        "setup-link": commands.setup_link,
        "account.reset": commands.reset,
        "account.list": commands.everyone,
    },
    desk=[
        DeskLink(N_("People"), "/desk/people", own_rights()),
        DeskLink(N_("Your account"), "/desk/account", own_account()),
    ],
    chores=[Chore("accounts", forget, timedelta(minutes=10))],
)
