"""Rewrites server/accounts/common_passphrases.txt from zxcvbn's frequency lists (MIT).

`.venv/bin/python scripts/build_common_passphrases.py`. Shorter ones are refused for their length anyway.
"""

from pathlib import Path

from zxcvbn.frequency_lists import FREQUENCY_LISTS

SHORTEST = 12
FILE = Path(__file__).resolve().parent.parent / "server" / "accounts" / "common_passphrases.txt"

found = {word.casefold() for words in FREQUENCY_LISTS.values() for word in words if len(word) >= SHORTEST}
FILE.write_text("".join(f"{word}\n" for word in sorted(found)), encoding="utf-8")
print(f"{len(found)} passphrases")
