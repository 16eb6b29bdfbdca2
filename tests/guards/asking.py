"""Guards at the signatures of what we send, and at the door through which we ask others."""

from tests.guards.guard import Guard

WISHES = "federation/http_signatures/accept_signature.py"
KNOCKS = "federation/knocks.py"
CLIENT = "federation/client.py"
FETCHING = "federation/fetching.py"
T_KNOCKS = "tests/federation/test_double_knock.py"
T_GETS = "tests/federation/test_client_signed_gets.py"
T_WISHES = "tests/federation/test_accept_signature.py"
T_REFUSALS = "tests/federation/test_client_refusals.py"
CONNECTIONS = "federation/connections.py"
HTTP1 = "federation/http1.py"
T_NAMES = "tests/federation/test_name_resolution.py"
T_HTTP1 = "tests/federation/test_http1.py"
T_CONDITIONS = "tests/federation/test_client_conditions.py"

ASKING = (
    Guard(
        "only what we can sign is signed on request",
        "hostile Accept-Signature",
        WISHES,
        " or not signable.issuperset(names)",
        "",
        f"{T_WISHES}::test_what_is_asked_for_is_done_whole_or_not_at_all",
    ),
    Guard(
        "no address is signed that the scheme cannot name",
        "hostile URL of an inbox",
        KNOCKS,
        "        self._either = can_sign(target)\n",
        "        self._either = True\n",
        f"{T_GETS}::test_an_address_that_the_newer_scheme_cannot_name_is_asked_the_older_way",
    ),
    Guard(
        "a wish is done once",
        "hostile Accept-Signature",
        KNOCKS,
        "            self._may_ask = False\n",
        "",
        f"{T_WISHES}::test_a_wish_is_done_once_however_often_it_is_uttered",
    ),
    Guard(
        "at most three requests for one",
        "RES-10",
        KNOCKS,
        "        while self._left and self.count < MAX_KNOCKS:\n",
        "        while self._left:\n",
        f"{T_WISHES}::test_a_get_that_is_asked_for_more_still_costs_at_most_three_requests",
    ),
    Guard(
        "every knock is paid for",
        "RES-10, CVE-2026-34148",
        CLIENT,
        "        while True:\n            if budget is not None:\n                budget.spend_request()\n",
        "        while True:\n",
        f"{T_GETS}::test_every_knock_is_paid_for_from_the_budget",
    ),
    Guard(
        "what worked is remembered for a week",
        "CVE-2026-69132",
        KNOCKS,
        "        if now - known.since >= REMEMBER:\n",
        "        if False:\n",
        f"{T_KNOCKS}::test_ac_1_4_after_seven_days_it_is_forgotten_whether_it_was_used_or_not",
    ),
    Guard(
        "what worked is remembered of so many servers",
        "RES-11",
        KNOCKS,
        "        while len(self._known) > MAX_REMEMBERED:\n",
        "        while False:\n",
        f"{T_KNOCKS}::test_the_memory_is_bounded_and_drops_what_was_longest_unused",
    ),
    Guard(
        "what has worked weighs more than a hint",
        "FEP-844e",
        KNOCKS,
        "        if self._live(origin, now) is None:\n",
        "        if True:\n",
        f"{T_KNOCKS}::test_a_hint_that_is_wrong_costs_one_request_and_does_not_come_back",
    ),
    Guard(
        "who is blocked is asked nothing",
        "SAFETY 8.12",
        CLIENT,
        "        if self._refuses(parsed.authority):\n",
        "        if False:\n",
        f"{T_REFUSALS}::test_a_blocked_host_is_not_asked_by_any_way",
    ),
    Guard(
        "only words with the shape of a validator are kept",
        "header injection",
        FETCHING,
        "etag if _ETAG.fullmatch(etag) else None",
        "etag",
        f"{T_CONDITIONS}::test_only_an_entity_tag_is_kept",
    ),
    Guard(
        "each address of a name is checked",
        "SSR-08, SSR-17",
        CONNECTIONS,
        "                if not accepted(address):\n",
        "                if False:\n",
        f"{T_NAMES}::test_ac_2_2_a_name_that_leads_inside_is_never_connected_to",
    ),
    Guard(
        "a certificate has to name the server",
        "SSR-08: a pinned address under another's name",
        CONNECTIONS,
        "url.host if tls else None)\n",
        "str(address) if tls else None)\n",
        f"{T_NAMES}::test_the_checked_address_is_connected_to_and_the_name_is_kept",
    ),
    Guard(
        "of an answer no more is kept than was agreed",
        "RES-08",
        HTTP1,
        "        if len(self._body) + len(body) > self._max_bytes:\n",
        "        if False:\n",
        f"{T_HTTP1}::test_no_more_is_kept_than_was_agreed",
    ),
    Guard(
        "pieces of a body do not say without end what they hold",
        "RES-08: chunk extensions",
        HTTP1,
        "        elif self._raw > MAX_HEAD_BYTES + 8 * self._max_bytes:\n",
        "        elif False:\n",
        f"{T_HTTP1}::test_no_more_is_kept_than_was_agreed",
    ),
    Guard(
        "the head of an answer ends",
        "RES-16",
        HTTP1,
        "        if not self._in_body and self._raw > MAX_HEAD_BYTES:\n",
        "        if False:\n",
        f"{T_HTTP1}::test_a_head_that_does_not_end_is_not_kept",
    ),
    Guard(
        "nothing is compressed by another name",
        "RES-05: Transfer-Encoding: gzip",
        HTTP1,
        '        if codings not in ([], ["chunked"]):\n',
        "        if False:\n",
        f"{T_HTTP1}::test_what_is_compressed_on_its_way_is_not_read",
    ),
    Guard(
        "what comes after a body is no header",
        "trailers",
        HTTP1,
        "        if not self._in_body:\n            # What comes after",
        "        if True:\n            # What comes after",
        f"{T_HTTP1}::test_what_comes_after_the_body_is_no_header",
    ),
    Guard(
        "what nobody asked for is nobody's answer",
        "response queue poisoning",
        HTTP1,
        "        if self._in_body:\n            # A second answer",
        "        if False:\n            # A second answer",
        f"{T_HTTP1}::test_a_second_answer_to_one_question_is_nobody_elses",
    ),
    Guard(
        "no line of a request holds another",
        "header injection",
        HTTP1,
        """    if head.count("\\r") != len(lines) - 1 or head.count("\\n") != len(lines) - 1 or "\\0" in head:\n""",
        "    if False:\n",
        f"{T_HTTP1}::test_no_line_of_a_request_holds_another",
    ),
    Guard(
        "who dawdles gives its place to others",
        "SAFETY R7",
        "server/workers/lines.py",
        "            if not line.slow and any(now - since >= SLOW for since in line.flying.values())\n",
        "            if False\n",
        "tests/server/workers/test_lines.py::test_who_dawdles_gives_its_place_to_others",
    ),
)
