"""The commands of an instance: what its features bring, and what every instance has."""

from collections.abc import Mapping, Sequence

from server.control.backup import backup
from server.control.blocks import add_block, export_blocks, import_blocks, list_blocks, remove_block
from server.control.check import check_command
from server.control.exporting import export
from server.control.stats import stats_command
from server.feature import Command, Feature, Refusal

_ROLE_OF = {"initiative": "initiative", "call": "initiative", "hub": "hub"}


def commands_of(features: Sequence[Feature]) -> Mapping[str, Command]:
    """By name, like "call.publish". Raises ValueError when two features bring the same name.

    A role may bring its own form of what every instance can do: where there is a directory, a block also ends listings.
    """
    own: dict[str, Command] = {
        "stats": stats_command(features),
        "backup": backup,
        "export": export,
        "check": check_command(features),
        "block.add": add_block,
        "block.remove": remove_block,
        "block.list": list_blocks,
        "block.import": import_blocks,
        "block.export": export_blocks,
    }
    brought: dict[str, Command] = {}
    for feature in features:
        for name, command in feature.commands.items():
            if name in brought:
                raise ValueError(f"two features bring the command {name}")
            brought[name] = command
    return own | brought


def find_command(commands: Mapping[str, Command], name: str) -> Command:
    """Raises `Refusal` when no role of this instance brings the command."""
    try:
        return commands[name]
    except KeyError:
        role = _ROLE_OF.get(name.split(".")[0])
        because = f": its roles do not include {role}" if role else ""
        raise Refusal(f"This instance cannot do {name}{because}.") from None
