"""The version of this program, as NodeInfo and the User-Agent tell it."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("antipole")
    except PackageNotFoundError:  # run from a checkout that was not installed
        return "0.dev"


VERSION = _installed()
