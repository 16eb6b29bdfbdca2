"""What curation plugs in."""

from datetime import timedelta

from server.feature import Chore, Feature
from server.hub.curation import (
    block_commands,
    blocking,
    commands,
    desk,
    desk_blocks,
    errands,
    examining,
    inbox,
)
from server.hub.curation.actions import CHECK_APPLICATION, CONFIRM_MOVE, EXAMINE
from server.web.doors import Door, form_door, of_hub

_ONE = f"{desk.APPLICATIONS}/{{listing_id}}"

CURATION = Feature(
    name="hub.curation",
    routes=[
        Door(desk.APPLICATIONS, desk.applications, of_hub()),
        Door(_ONE, desk.application, of_hub()),
        form_door(f"{_ONE}/check", desk.check, of_hub()),
        form_door(f"{_ONE}/admit", desk.admit, of_hub()),
        form_door(f"{_ONE}/refuse", desk.refuse, of_hub()),
        form_door(f"{desk.LISTINGS}/{{listing_id}}/remove", desk.remove, of_hub(fresh=True)),
        Door(desk_blocks.BLOCKS, desk_blocks.blocks, of_hub()),
        form_door(f"{desk_blocks.BLOCKS}/add", desk_blocks.add, of_hub(fresh=True)),
        form_door(f"{desk_blocks.BLOCKS}/import", desk_blocks.import_list, of_hub(fresh=True)),
        form_door(f"{desk_blocks.BLOCKS}/{{block_id}}/lift", desk_blocks.lift, of_hub(fresh=True)),
    ],
    listeners={
        "Follow": inbox.follow,
        "Undo": inbox.undo,
        "Delete": inbox.delete,
        "Update": inbox.update,
        "Block": inbox.block,
        "Move": inbox.move,
    },
    commands={
        "hub.applications": commands.applications,
        "hub.admit": commands.admit,
        "hub.refuse": commands.refuse,
        "hub.remove": commands.remove,
        "block.add": block_commands.add_block,
        "block.remove": block_commands.remove_block,
        "block.import": block_commands.import_blocks,
    },
    errands={
        CHECK_APPLICATION: errands.check_application,
        CONFIRM_MOVE: errands.confirm_move,
        EXAMINE: examining.examine,
    },
    chores=[
        Chore("forget-wishes", errands.forget_expired_wishes, timedelta(hours=6)),
        Chore("forget-ended-listings", errands.forget_ended, timedelta(hours=6)),
    ],
    prepare=[blocking.sweep_at_start],
)
