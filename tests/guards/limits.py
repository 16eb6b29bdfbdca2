"""Guards around connections: what they may cost before a request is there and after it was answered."""

from tests.guards.guard import Guard

DOOR = "server/cli/bounded_http.py"
T_SLOW = "tests/doors/test_slow_senders.py"
T_CROWDS = "tests/doors/test_crowds_of_bytes.py"
DRIPS = f"{T_SLOW}::test_res_05_each_kind_of_dripping_is_ended_by_the_door_alone"

LIMITS = (
    Guard(
        "a head has ten seconds",
        "RES-05, R6",
        DOOR,
        "        self._give_time(self.limits.head)\n",
        "",
        f"{DRIPS}[half a head]",
    ),
    Guard(
        "the next head has ten seconds",
        "RES-05, R6",
        DOOR,
        "        self._give_time(self.limits.last_bytes if self.cycle.more_body else self.limits.head)\n",
        "",
        f"{DRIPS}[half a second head]",
    ),
    Guard(
        "a body has fifteen seconds",
        "RES-05, R6",
        "server/endpoints/bodies.py",
        "                async with asyncio.timeout(BODY_SECONDS):\n",
        "                async with asyncio.timeout(None):\n",
        f"{DRIPS}[half a body]",
    ),
    Guard(
        "a stranger's form has fifteen seconds",
        "RES-05, R6",
        "server/web/bodies.py",
        "SECONDS_OF_STRANGERS if share is None else SECONDS",
        "SECONDS",
        f"{DRIPS}[half a form]",
    ),
    Guard(
        "who does not read an answer is not waited for",
        "a page asked for and never taken",
        DOOR,
        "        self._reading = self.loop.call_later(self.limits.reading, self.transport.abort)\n",
        "",
        f"{T_SLOW}::test_who_does_not_read_the_answer_holds_nothing_for_long",
    ),
    Guard(
        "a connection that is to end ends",
        "the last bytes never taken",
        DOOR,
        "            self._deadline = self.loop.call_later(self.limits.closing, self.transport.abort)\n",
        "",
        f"{T_SLOW}::test_what_is_left_unread_does_not_keep_a_connection_that_is_to_end",
    ),
    Guard(
        "a head has 32 KiB",
        "RES-16",
        DOOR,
        "        if self._unseen_bytes > MAX_HEAD_BYTES and not self.transport.is_closing():\n",
        "        if False:\n",
        f"{T_CROWDS}::test_res_16_a_head_is_not_kept_until_it_ends",
    ),
    Guard(
        "eight requests in a row",
        "thousands in one packet",
        DOOR,
        "        if len(self.pipeline) >= MAX_PIPELINED:\n",
        "        if False:\n",
        f"{T_CROWDS}::test_a_crowd_of_requests_in_one_packet_is_refused",
    ),
    Guard(
        "nothing after a body",
        "a trailer that becomes a header",
        DOOR,
        "        if not self._in_head:\n",
        "        if False:\n",
        f"{T_CROWDS}::test_nothing_comes_after_a_body",
    ),
    Guard(
        "too many connections end those that wait",
        "R6",
        DOOR,
        "            self._make_room()\n",
        "            pass\n",
        f"{T_SLOW}::test_one_connection_too_many_ends_the_one_that_has_waited_longest",
    ),
    Guard(
        "nobody who is being answered makes room",
        "R6",
        DOOR,
        "(min(waiting)[2] if waiting else self).transport.abort()",
        "(min(waiting)[2] if waiting else others[0]).transport.abort()",
        f"{T_SLOW}::test_while_all_are_being_answered_it_is_the_new_one_that_goes",
    ),
    Guard(
        "no proxy's target",
        "WEB-04",
        DOOR,
        '        if not self.url.startswith(b"/") and self.url != b"*":\n',
        "        if False:\n",
        f"{T_CROWDS}::test_a_target_for_a_proxy_is_400",
    ),
)
