"""Signing requests outside the loop: RSA takes a quarter of a millisecond, a hop into a thread half of that.

So a thread takes several at a time. It lets go of the interpreter while it computes: two of them use two cores.
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial

from federation.http_signatures.scheme import sign_request
from federation.keys import SigningKey
from federation.knocks import Knock

THREADS = 2
AT_A_TIME = 8
"""Two milliseconds' work: the first of them waits no longer than that for the last."""

SignedHeaders = list[tuple[str, str]]
_Work = tuple[Callable[[], SignedHeaders], "asyncio.Future[SignedHeaders]"]
_Done = tuple["asyncio.Future[SignedHeaders]", SignedHeaders | Exception]


class Signing:
    """Two threads, and what waits for them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sign")
        self._waiting: list[_Work] = []
        self._busy = 0

    async def headers(
        self,
        *,
        method: str,
        url: str,
        body: bytes | None,
        key: SigningKey,
        now: datetime,
        more_headers: Sequence[tuple[str, str]],
        knock: Knock,
    ) -> SignedHeaders:
        """What `sign_request` gives, a new list. Raises what it raises."""
        loop = asyncio.get_running_loop()
        work = partial(
            sign_request,
            method=method,
            url=url,
            body=body,
            key=key,
            now=now,
            more_headers=more_headers,
            scheme=knock.scheme,
            with_query=knock.with_query,
            asked=knock.asked,
        )
        done: asyncio.Future[SignedHeaders] = loop.create_future()
        self._waiting.append((work, done))
        if len(self._waiting) == 1 and self._busy < THREADS:
            # In the next turn of the loop: what else wants to be signed in this one goes along.
            loop.call_soon(self._hand_out, loop)
        return await done

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._waiting.clear()

    def _hand_out(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting and self._busy < THREADS:
            # Shared out evenly while both are free.
            count = min(AT_A_TIME, -(-len(self._waiting) // (THREADS - self._busy)))
            batch, self._waiting = self._waiting[:count], self._waiting[count:]
            self._busy += 1
            self._threads.submit(self._sign, loop, batch)

    def _sign(self, loop: asyncio.AbstractEventLoop, batch: Sequence[_Work]) -> None:
        """In a thread."""
        done: list[_Done] = []
        for work, future in batch:
            try:
                done.append((future, work()))
            except Exception as error:
                done.append((future, error))
        if not loop.is_closed():
            loop.call_soon_threadsafe(self._give_back, loop, done)

    def _give_back(self, loop: asyncio.AbstractEventLoop, done: Sequence[_Done]) -> None:
        self._busy -= 1
        for future, result in done:
            # Who was cancelled meanwhile wants nothing any more.
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        self._hand_out(loop)
