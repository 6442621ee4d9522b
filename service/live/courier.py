"""Tells webhooks of decisions, in the form of Standard Webhooks (standardwebhooks.com), in order, again and again.

A message is sent until it is taken; the next one waits for it. The process that dispatches a fleet tells its webhooks,
so that they are told by one. Should that die between a message and the note of it, the message is sent once more, under
the same ``webhook-id``.
"""

import asyncio
import base64
import json
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import NamedTuple

import httpx
import structlog
from standardwebhooks import Webhook

from service.db.database import Database, DatabaseError
from service.db.decisions import DecisionRepository
from service.db.models import DecisionRow, WebhookRow
from service.db.webhooks import WebhookRepository
from service.keyring import KeyRingError, SealError
from service.live.addresses import AddressError, resolve
from service.live.bells import POLL_S, Bells, decisions_of
from service.live.keeper import Keeper
from service.privacy.sealing import Sealer

PAUSES_S = (1.0, 5.0, 30.0, 120.0, 600.0, 1_800.0, 3_600.0, 3_600.0, 3_600.0, 3_600.0, 3_600.0)
"""Before each further attempt; after one more failure the webhook is disabled, five and a half hours on."""
TIMEOUT_S = 10.0
"""From the call of an address to the status of its answer, however slowly that comes."""
AT_ONCE = 8
"""Webhooks that are told at the same time."""
PAGE = 50


class _Task(NamedTuple):
    """A webhook and what it is to be told of next."""

    webhook: WebhookRow
    decisions: list[DecisionRow]
    upto: int


def new_secret() -> str:
    """A secret as Standard Webhooks has it, of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


class Courier(threading.Thread):
    """The thread that has a process's webhooks told.

    Args:
        database: where they are.
        bells: that wake it.
        keeper: knows the fleets that are dispatched here.
        sealer: opens their secrets.
        private: whether they may be at private addresses.
    """

    def __init__(self, database: Database, bells: Bells, keeper: Keeper, sealer: Sealer, *, private: bool) -> None:
        super().__init__(name="courier", daemon=True)
        self._database, self._bells, self._keeper, self._sealer = database, bells, keeper, sealer
        self._private = private
        self._stopping, self._rung = threading.Event(), threading.Event()
        self._busy: set[str] = set()
        self._trusted = httpx.create_ssl_context(trust_env=False)
        self._log = structlog.get_logger()

    def close(self) -> None:
        """Stop after what is under way."""
        self._stopping.set()
        self._rung.set()
        if self.is_alive():
            self.join(2 * TIMEOUT_S)

    def run(self) -> None:
        """Tell until asked to end."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="courier") as pool:
            while not self._stopping.is_set():
                fleets = self._keeper.fleets
                with ExitStack() as stack:
                    for fleet_id in fleets:
                        stack.enter_context(self._bells.hung(decisions_of(fleet_id), self._rung.set))
                    self._round(pool, fleets)
                    self._rung.wait(POLL_S)
                    self._rung.clear()

    def _round(self, pool: ThreadPoolExecutor, fleets: frozenset[str]) -> None:
        if not fleets:
            return
        try:
            with self._database.transaction() as session:
                due = WebhookRepository(session).due(fleets)
        except DatabaseError:
            return  # the keeper tells of it
        for webhook_id in due:
            if webhook_id not in self._busy:
                self._busy.add(webhook_id)
                pool.submit(self._serve, webhook_id)

    def _serve(self, webhook_id: str) -> None:
        """Tell one webhook of all there is, or up to its first failure."""
        try:
            while not self._stopping.is_set():
                task = self._next(webhook_id)
                if task is None or not self._tell(task):
                    return
        except DatabaseError:
            return  # what was not noted is sent again
        except Exception:  # noqa: BLE001 - one webhook is no reason to tell no other
            self._log.exception("webhook.failed", webhook=webhook_id)
            self._note_failure(webhook_id, "the server made a mistake; its log has the details", len(PAUSES_S))
        finally:
            self._busy.discard(webhook_id)

    def _next(self, webhook_id: str) -> _Task | None:
        """What comes next, None if there is nothing; decisions of other kinds are passed over."""
        with self._database.writing() as session:
            webhooks = WebhookRepository(session)
            row = webhooks.get(webhook_id)
            if row is None or row.disabled_at is not None or row.fleet_id not in self._keeper.fleets:
                return None
            decisions = DecisionRepository(session, row.fleet_id)
            upto = decisions.last_seq()
            found = decisions.after(row.sent_seq, PAGE, None if row.kinds is None else json.loads(row.kinds))
            if found:
                return _Task(row, found, found[-1].seq if len(found) == PAGE else max(upto, found[-1].seq))
            if upto > row.sent_seq:
                webhooks.sent(webhook_id, upto)
            return None

    def _tell(self, task: _Task) -> bool:
        """Send the messages of a task; False after a failure."""
        webhook = task.webhook
        try:
            secret = self._sealer.open(webhook.secret).decode()
        except (SealError, KeyRingError):
            self._note_failure(webhook.id, "its secret cannot be opened; delete it and make another", len(PAUSES_S))
            return False
        for number, decision in enumerate(task.decisions):
            if self._stopping.is_set():
                return False
            error, gone = self._post(webhook, decision, secret)
            if error is not None:
                failures = webhook.failures if number == 0 else 0
                self._note_failure(webhook.id, error, len(PAUSES_S) if gone else failures)
                return False
            last = number == len(task.decisions) - 1
            with self._database.writing() as session:
                if not WebhookRepository(session).sent(webhook.id, task.upto if last else decision.seq):
                    return False
        return True

    def _post(self, webhook: WebhookRow, decision: DecisionRow, secret: str) -> tuple[str | None, bool]:
        """Send one message: what went wrong, if anything, and whether it will be so for good."""
        now = datetime.now(UTC)
        data = (
            f'{{"type":"decision.{decision.kind}","timestamp":"{now.isoformat()}","data":{{"fleet_id":'
            f'{json.dumps(webhook.fleet_id)},"seq":{decision.seq},"event_seq":{decision.event_seq},'
            f'"decision":{decision.document}}}}}'
        )
        message_id = f"{webhook.id}.{decision.seq}"
        url = httpx.URL(webhook.url)
        headers = {
            "Content-Type": "application/json",
            "Host": url.netloc.decode(),
            "User-Agent": "swiftleaf",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Webhook(secret).sign(message_id, now, data),
        }
        try:
            address = resolve(url, private=self._private)
            request = httpx.Request(
                "POST",
                url.copy_with(host=address),
                content=data.encode(),
                headers=headers,
                extensions={"sni_hostname": url.host},
            )
            status = asyncio.run(self._call(request))
        except TimeoutError:
            return f"no answer within {TIMEOUT_S:g} s", False
        except (AddressError, httpx.HTTPError) as error:
            return f"{type(error).__name__}: {error}"[:500], False
        if 200 <= status < 300:  # noqa: PLR2004 - what HTTP calls success
            return None, False
        return f"answered {status}", status == HTTPStatus.GONE

    async def _call(self, request: httpx.Request) -> int:
        """The status of the answer; what else is in it is not waited for."""
        client = httpx.AsyncClient(verify=self._trusted, trust_env=False, timeout=None)  # noqa: S113 - one for all of it
        async with asyncio.timeout(TIMEOUT_S), client:
            answer = await client.send(request, stream=True)
            await answer.aclose()
            return answer.status_code

    def _note_failure(self, webhook_id: str, error: str, failures: int) -> None:
        pause = timedelta(seconds=PAUSES_S[failures]) if failures < len(PAUSES_S) else None
        with self._database.writing() as session:
            WebhookRepository(session).failed(webhook_id, error, pause)
        if pause is None:
            self._log.warning("webhook.disabled", webhook=webhook_id, error=error)
