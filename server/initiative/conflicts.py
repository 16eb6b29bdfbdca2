"""What two editors at once may meet."""

from server.feature import Refusal


class Overtaken(Refusal):
    """What this was based on has changed meanwhile: nothing was written, look at both and decide."""

    def __init__(self) -> None:
        super().__init__("Somebody else changed this meanwhile; nothing of yours was written yet.")


class NotThere(Refusal):
    """It was published, taken down or deleted meanwhile, or it never was this initiative's."""

    def __init__(self) -> None:
        super().__init__("This is not there any more: somebody published, withdrew or deleted it meanwhile.")
