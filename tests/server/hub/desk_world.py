"""A hub with a garden that applied, an editor and an owner: what most tests of the desk begin with."""

from dataclasses import dataclass

from server.hub.decisions import store
from server.hub.decisions.model import Decision
from server.hub.listings.model import short_id
from server.web.identity import Grant
from tests.fediverse import Fediverse, Node
from tests.people import Person, person

GARDEN = "https://garden.example/actors/garden"
GARDEN_ID = short_id(GARDEN)
AT = "@garden@garden.example"
APPLICATION = f"/desk/hub/applications/{GARDEN_ID}"
LISTING = f"/desk/hub/listings/{GARDEN_ID}"


@dataclass
class Desk:
    fediverse: Fediverse
    hub: Node
    garden: Node
    editor: Person
    owner: Person

    async def apply(self) -> None:
        await self.garden.command("hub.apply", handle="garden", hub="@hub@hub.example")
        await self.fediverse.settle()
        self.fediverse.clock.advance(seconds=11)
        await self.fediverse.settle()

    async def admit(self) -> None:
        await self.apply()
        answer = await self.editor.post(f"{APPLICATION}/admit", reason="")
        assert answer.status_code == 303
        await self.fediverse.settle()

    async def publish(self, *titles: str) -> list[str]:
        """Calls of the garden, a second apart; answers their addresses."""
        uris = []
        for title in titles:
            published = await self.garden.command("call.publish", handle="garden", title=title, text="Now.")
            uris.append(str(published["uri"]))
            self.fediverse.clock.advance(seconds=1)
        await self.fediverse.settle()
        return uris

    async def log(self) -> list[Decision]:
        """What was decided, oldest first."""
        found = await self.hub.services.database.read(lambda tx: list(store.chain(tx)))
        return [kept.decision for kept, _ in found if kept.decision is not None]

    async def acts(self) -> list[str]:
        return [decision.act for decision in await self.log()]


async def desk_of(fediverse: Fediverse) -> Desk:
    hub = await fediverse.add("hub.example", roles=["hub"])
    garden = await fediverse.add("garden.example", roles=["initiative"])
    await garden.command(
        "initiative.add", handle="garden", name="Garden", place="Leipzig", themes=["education"]
    )
    editor = await person(hub, Grant("hub", "editor"), name="Robin")
    owner = await person(hub, Grant("hub", "owner"), name="Olena")
    return Desk(fediverse, hub, garden, editor, owner)
