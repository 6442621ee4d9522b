"""What ``swiftleaf load`` does: traffic on schedule, whatever the server answers, and what came of it."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import httpx

import dispatch
import maps
from service.files import UsageError

PROBE_S = 0.1
"""How often ``/healthz`` is asked beside the traffic."""
VARIANTS = 20
"""So many different peaks are drawn and asked for in turn."""
PATIENCE_S = 60.0
CONNECTIONS = 1_000


@dataclass(frozen=True)
class Traffic:
    """What is sent: plans of a dinner peak, ``rate_per_s`` of them for ``seconds``."""

    url: str
    rate_per_s: float
    seconds: float
    key: str | None = None
    orders: int = 40
    riders: int = 8
    time_limit_s: float = 1.0
    seed: int = 0

    def documents(self) -> list[bytes]:
        """The requests, seeded: as many as are sent, at most ``VARIANTS``."""
        network, people = maps.bundled_map(), maps.bundled_people()
        count = min(VARIANTS, math.ceil(self.rate_per_s * self.seconds))
        peaks = (
            dispatch.dinner_peak(network, people, orders=self.orders, riders=self.riders, drones=0, seed=self.seed + i)
            for i in range(count)
        )
        return [peak.model_dump_json().encode() for peak in peaks]


@dataclass
class Tally:
    """What came back. Seconds count from when a request was due, so that a sender that lags hides nothing."""

    accepted_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    health_s: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    plans: list[str] = field(default_factory=list)
    without_retry_after: int = 0

    def text(self) -> str:
        """The figures in lines."""
        lines = [
            f"answers: {', '.join(f'{status} x {count}' for status, count in sorted(self.statuses.items())) or 'none'}",
            f"plans made:  {spread(self.accepted_s)}",
            f"refused:     {spread(self.refused_s)}",
            f"/healthz:    {spread(self.health_s)}",
        ]
        if self.without_retry_after:
            lines.append(f"refused without Retry-After: {self.without_retry_after}")
        lines += [f"error: {error} x {count}" for error, count in self.errors.most_common(5)]
        return "\n".join(lines)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least ``share`` of them do not exceed; nan of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else math.nan


def spread(values: Sequence[float]) -> str:
    """Quantiles in milliseconds."""
    if not values:
        return "none"
    parts = (f"p{100 * share:g} {1000 * quantile(values, share):.0f}" for share in (0.5, 0.95, 0.99, 1.0))
    return f"{len(values)}: {', '.join(parts)} ms"


async def drive(traffic: Traffic, documents: Iterable[bytes] | None = None) -> Tally:
    """Send it all and wait for every answer.

    Args:
        traffic: what to send.
        documents: the requests, if they are drawn already.

    Raises:
        UsageError: if the server is not there, or refuses the key.
    """
    sent = await asyncio.to_thread(traffic.documents) if documents is None else list(documents)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {traffic.key}"} if traffic.key else {})
    limits = httpx.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS)
    tally = Tally()
    async with (
        httpx.AsyncClient(
            base_url=traffic.url, headers=headers, timeout=PATIENCE_S, limits=limits, trust_env=False
        ) as client,
        httpx.AsyncClient(base_url=traffic.url, timeout=PATIENCE_S, trust_env=False) as prober,
    ):
        await _greet(client)
        probing = asyncio.create_task(_probe(prober, tally))
        begin_s = time.monotonic()
        flying = []
        for number in range(max(1, round(traffic.rate_per_s * traffic.seconds))):
            due_s = begin_s + number / traffic.rate_per_s
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            body = sent[number % len(sent)]
            flying.append(asyncio.create_task(_ask(client, body, traffic.time_limit_s, due_s, tally)))
        await asyncio.gather(*flying)
        probing.cancel()
    return tally


async def _greet(client: httpx.AsyncClient) -> None:
    try:
        answer = await client.get("/v1/plans", params={"limit": 1})
    except httpx.HTTPError as error:
        raise UsageError(f"--url {client.base_url}: no server answers there ({error})") from None
    if answer.status_code in {401, 403}:
        raise UsageError("--key: the server wants a key with plans:write and plans:read; set SWIFTLEAF_KEY")


async def _ask(client: httpx.AsyncClient, body: bytes, time_limit_s: float, due_s: float, tally: Tally) -> None:
    try:
        answer = await client.post("/v1/plans", params={"time_limit_s": time_limit_s}, content=body)
    except httpx.HTTPError as error:
        tally.errors[type(error).__name__] += 1
        return
    took_s = time.monotonic() - due_s
    tally.statuses[str(answer.status_code)] += 1
    if answer.is_success:
        tally.accepted_s.append(took_s)
        tally.plans.append(answer.json()["id"])
        return
    tally.refused_s.append(took_s)
    if answer.status_code in {429, 503}:
        tally.without_retry_after += "retry-after" not in answer.headers
    else:
        tally.errors[f"{answer.status_code} {answer.text[:120]}"] += 1


async def _probe(client: httpx.AsyncClient, tally: Tally) -> None:
    while True:
        began_s = time.monotonic()
        try:
            await client.get("/healthz")
        except httpx.HTTPError as error:
            tally.errors[f"/healthz {type(error).__name__}"] += 1
        else:
            tally.health_s.append(time.monotonic() - began_s)
        await asyncio.sleep(PROBE_S)
