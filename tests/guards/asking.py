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
)
