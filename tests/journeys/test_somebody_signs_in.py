"""Robin runs a small server: from its first start to the second step, and to a phone in the river."""

import re

import pyotp
import pytest

from tests.browsing import Browser
from tests.fediverse import Fediverse
from tests.people import text_on

pytestmark = [pytest.mark.anyio, pytest.mark.both_engines]

PASSPHRASE = "seven quiet herons over water"
SECOND = "nine loud herons over ice"


async def test_somebody_signs_in(fediverse: Fediverse) -> None:
    clock = fediverse.clock
    node = await fediverse.add("commons.example", roles=["initiative", "hub"])
    robin = Browser(node)

    # The server is new. It serves everybody, but nobody can edit, and the page says what to do.
    assert (await robin.get("/")).status_code == 200
    page = await robin.get("/sign-in")
    assert page.status_code == 503
    assert "antipole setup-link" in text_on(page)

    # The server printed a link. A messenger looks at it first, which does no harm; then Robin opens it.
    link = (await node.command("setup-link"))["url"]
    assert (await node.get(link)).status_code == 200
    page = await robin.get(link)
    page = await robin.submit(page, name="Robin", secret_new="robin robin robin", secret_again="")
    assert page.status_code == 422
    page = await robin.submit(page, name="Robin", secret_new=PASSPHRASE, secret_again=PASSPHRASE)
    codes = re.findall(r'<code class="code">([^<]*)</code>', page.text)
    assert len(codes) == 10

    # The hub opens only after a second step; the initiative's pages wait as well, since Robin owns all of it.
    page = await robin.get("/desk/hub")
    assert "authenticator app" in text_on(page)
    secret = re.sub(r"\s", "", re.findall(r'id="totp-secret">([^<]*)<', page.text)[0])
    page = await robin.submit(page, secret_code=pyotp.TOTP(secret).at(clock.now()))
    assert "The second step is on" in text_on(page)
    assert (await robin.get("/desk/hub")).status_code == 200

    # The next day the session is over. Passphrase, then the code of the app, and Robin is where they wanted to go.
    clock.advance(hours=20)
    page = await robin.get("/desk/hub/listings")
    assert "Passphrase" in text_on(page)
    page = await robin.submit(page, name="Robin", secret_passphrase=PASSPHRASE)
    assert "The second step" in text_on(page)
    page = await robin.submit(page, secret_code=pyotp.TOTP(secret).at(clock.now()))
    assert page.url.path == "/desk/hub/listings"

    # Robin invites Wren to the hub. The phone falls into the river; a recovery code lets Robin in.
    page = await robin.submit(await robin.get("/desk/people/invite"), what="editor hub")
    invitation = re.findall(r'id="invitation-link">([^<]*)<', page.text)[0]
    wren = Browser(node)
    await wren.submit(await wren.get(invitation), name="Wren", secret_new=SECOND, secret_again=SECOND)
    assert "authenticator app" in text_on(await wren.get("/desk/hub"))
    robin = Browser(node)
    page = await robin.submit(await robin.get("/sign-in"), name="robin", secret_passphrase=PASSPHRASE)
    page = await robin.submit(page, secret_code=codes[0])
    assert "9 are left" in text_on(await robin.get("/desk/account"))

    # Wren forgets everything and asks Robin, who runs the machine.
    link = (await node.command("account.reset", name="Wren"))["url"]
    wren = Browser(node)
    page = await wren.submit(await wren.get(link), secret_new=PASSPHRASE, secret_again=PASSPHRASE)
    assert "recovery codes" in text_on(page)
    assert "Wren" in text_on(await wren.get("/desk/account"))
