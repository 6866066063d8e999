"""
The queue between bot and worker: Redis Streams with leases, reclaim and dead letters.

The only module that uses redis for jobs and outcomes; it does not interpret messages. One `Stream`
object is one consumer of one stream: it holds the entries that were delivered to it, renews their
leases, and settles or releases them. Entries are deleted when settled, so a stream's length is the
number of open entries. Redis 6.2 is enough.
"""

import asyncio
import logging
import socket
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError

from triage.errors import BadMessage, QueueUnavailable
from triage.queue import consumers
from triage.queue.deliveries import Delivery, Entry, M, QueuePosition
from triage.queue.limits import BLOCK_MS, DEAD, LEASE_S, MAX_DEAD
from triage.queue.messages import Codec
from triage.queue.redis_errors import translate_redis_errors
from triage.queue.redis_failover import Failovers, reconnect_after_failover
from triage.queue.redis_tls import share_tls_context

logger = logging.getLogger(__name__)

# A command that takes longer than this fails, so that the person is asked to try again.
COMMAND_TIMEOUT_S = 2.0

# An entry as Redis returns it: its id, its fields, and how often it was delivered.
Raw = tuple[bytes, Mapping[bytes, bytes], int]

# Redis' errors if the stream or its group is missing, for example after FLUSHALL.
GROUP_IS_GONE = ("NOGROUP", "UNBLOCKED")


@dataclass(frozen=True, slots=True)
class Connections:
    """Two clients of one Redis: a blocking read must not delay commands or have their timeout."""

    commands: Redis
    blocking: Redis

    async def aclose(self) -> None:
        """Close both clients."""
        await self.commands.aclose()
        await self.blocking.aclose()


def connect(url: str, password: str | None = None) -> Connections:
    """
    Return clients for `url`; its password takes precedence. QueueUnavailable if it is not a URL.

    Neither client retries a command: a second XADD adds a second job, and after a second XREADGROUP
    no consumer holds the entries of the first reply.
    """

    failovers = Failovers()

    def client(timeout_s: float) -> Redis:
        made = Redis.from_url(
            url,
            password=password,
            socket_timeout=timeout_s,
            socket_connect_timeout=COMMAND_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
        )
        return reconnect_after_failover(share_tls_context(made), failovers)

    try:
        return Connections(client(COMMAND_TIMEOUT_S), client(BLOCK_MS / 1000 + 5))
    except ValueError:  # its text may quote the password
        raise QueueUnavailable("REDIS_URL is not like redis://:password@host:6379/0") from None


class Stream(Generic[M]):
    """One consumer of `name`, reading for `group`."""

    def __init__(
        self,
        connections: Connections,
        codec: Codec[M],
        *,
        name: str,
        group: str,
        lease_s: float = LEASE_S,
    ) -> None:
        self._commands = connections.commands
        self._blocking = connections.blocking
        self._codec = codec
        self._name = name
        self._group = group
        self._lease_ms = int(lease_s * 1000)
        self._alive = f"{name}:{group}:alive"
        self._consumer = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"
        self._self = (name, group, self._consumer)
        self._held: dict[str, int] = {}  # entry id -> how often it was delivered

    @property
    def held(self) -> int:
        """How many entries this consumer holds."""
        return len(self._held)

    def entry(self, message: M, attachment: bytes = b"") -> Entry:
        """Return `message` encrypted and ready to be added to this stream."""
        sealed = self._codec.encode(message)
        fields = {"sealed": sealed, "attachment": attachment}
        if attachment:  # it is not encrypted, so a tag shows that it was not replaced
            fields["tag"] = self._codec.tag(sealed, attachment)
        return Entry(self._name, fields)

    async def publish(self, message: M, attachment: bytes = b"") -> QueuePosition:
        """Add `message`; after QueueUnavailable it may have been added or not."""
        async with translate_redis_errors(), self._commands.pipeline(transaction=True) as pipe:
            pipe.xlen(self._name)
            _add(pipe, self.entry(message, attachment))
            before, entry_id = await pipe.execute()
        return QueuePosition(entry_id.decode(), before)

    async def length(self) -> int:
        """Return how many entries are open."""
        async with translate_redis_errors():
            return int(await self._commands.xlen(self._name))

    async def is_read(self) -> bool:
        """Return whether a consumer of the group was live within its lease."""
        async with translate_redis_errors():
            # One that expires later was stored before the clock of Redis was set back.
            longest_ms = max(self._lease_ms, 1000 * LEASE_S)
            return 0 < int(await self._commands.pttl(self._alive)) <= longest_ms

    async def contains(self, entry_id: str) -> bool:
        """Return whether the entry is still open."""
        async with translate_redis_errors():
            return bool(await self._commands.xrange(self._name, entry_id, entry_id, count=1))

    async def read(self, count: int, block_ms: int = BLOCK_MS) -> list[Delivery[M]]:
        """Return up to `count` new messages, or none after `block_ms`; 0 does not wait at all."""
        async with translate_redis_errors():
            try:
                replies = await self._blocking.xreadgroup(
                    self._group,
                    self._consumer,
                    {self._name: ">"},
                    count=count,
                    block=block_ms or None,
                )
            except ResponseError as e:
                await self._restore_group(e)
                return []
            entries = replies[0][1] if replies else []
        return await self._accept([(entry_id, fields, 1) for entry_id, fields in entries])

    async def reclaim(self, count: int) -> list[Delivery[M]]:
        """Return up to `count` messages, oldest first, whose lease has expired."""
        async with translate_redis_errors():
            try:
                stale = await self._commands.xpending_range(
                    self._name, self._group, "-", "+", count, idle=self._lease_ms
                )
                times = {row["message_id"]: row["times_delivered"] + 1 for row in stale}
                for entry_id in self._held:  # a missed renewal is not a second delivery
                    times.pop(entry_id.encode(), None)
                if not times:
                    return []
                entries = await self._commands.xclaim(*self._self, self._lease_ms, list(times))
            except ResponseError as e:
                await self._restore_group(e)
                return []
        # Redis 6.2 returns no fields for a deleted entry; 7 leaves it out.
        found = [(entry_id, fields, times[entry_id]) for entry_id, fields in entries if fields]
        return await self._accept(found)

    async def settle(self, entry_id: str, *results: Entry) -> None:
        """Add `results`, acknowledge and delete the entry, all or nothing (MULTI)."""
        async with translate_redis_errors(), self._commands.pipeline(transaction=True) as pipe:
            for result in results:
                _add(pipe, result)
            pipe.xack(self._name, self._group, entry_id)
            pipe.xdel(self._name, entry_id)
            await pipe.execute()
        self._held.pop(entry_id, None)

    def dead_letter(self, entry_id: str, sealed: bytes, reason: str) -> Entry:
        """Return the dead letter of an entry that cannot be processed."""
        fields = {
            "stream": self._name.encode(),
            "entry_id": entry_id.encode(),
            "reason": reason.encode(),
            "sealed": sealed,
        }
        return Entry(DEAD, fields, max_length=MAX_DEAD)

    def release(self, entry_ids: Iterable[str]) -> None:
        """Stop renewing: the entries are delivered again when their lease has expired."""
        for entry_id in entry_ids:
            self._held.pop(entry_id, None)

    async def mark_waiting(self, entry_ids: Iterable[str]) -> None:
        """Count no delivery of entries that only wait: they cannot have crashed this consumer."""
        await self._recount({i: self._held[i] - 1 for i in entry_ids if i in self._held})

    async def mark_started(self, entry_ids: Iterable[str]) -> None:
        """Count the delivery of entries that waited, before they are processed."""
        await self._recount({i: self._held[i] for i in entry_ids if i in self._held})

    async def give_back(self) -> None:
        """Make all held entries reclaimable immediately, without counting a delivery."""
        held, self._held = self._held, {}
        uncounted = {entry_id: times - 1 for entry_id, times in held.items()}
        await self._recount(uncounted, idle_ms=self._lease_ms)
        async with translate_redis_errors():
            await consumers.remove_consumer(self._commands, *self._self)

    async def keep_leases(self) -> None:
        """
        Renew the leases of held entries, and register the consumer as live; never returns.

        A missed renewal only costs a second run.
        """
        with suppress(QueueUnavailable):
            await consumers.remove_abandoned_consumers(self._commands, self._name, self._group)
        while True:
            with suppress(QueueUnavailable):
                await self._claim(self._held, idle_ms=0)
                async with translate_redis_errors():
                    await self._commands.set(self._alive, 1, px=self._lease_ms)
                    lease_s = self._lease_ms / 1000
                    await consumers.register_live(self._commands, *self._self, lease_s)
                    await consumers.date_deliveries_anew(self._commands, self._name, self._group)
            await asyncio.sleep(self._lease_ms / 3000)

    async def create_group(self) -> None:
        """Create stream and group, from the first entry on, if they are missing."""
        async with translate_redis_errors():
            try:
                await self._commands.xgroup_create(self._name, self._group, id="0", mkstream=True)
            except ResponseError as e:
                if not str(e).startswith("BUSYGROUP"):
                    raise

    async def _restore_group(self, error: ResponseError) -> None:
        if not str(error).startswith(GROUP_IS_GONE):
            raise error
        await self.create_group()

    async def _recount(self, counts: Mapping[str, int], *, idle_ms: int = 0) -> None:
        """Set how often each entry counts as delivered."""
        for times in set(counts.values()):
            entry_ids = [entry_id for entry_id in counts if counts[entry_id] == times]
            await self._claim(entry_ids, idle_ms=idle_ms, times=times)

    async def _claim(self, held: Iterable[str], *, idle_ms: int, times: int | None = None) -> None:
        """Set how long entries are idle; JUSTID keeps the delivery count if `times` is None."""
        ids: list[Any] = list(held)
        if not ids:
            return
        async with translate_redis_errors():
            try:
                await self._commands.xclaim(
                    *self._self, 0, ids, idle=idle_ms, retrycount=times, justid=True
                )
            except ResponseError as e:
                await self._restore_group(e)

    async def _accept(self, entries: Iterable[Raw]) -> list[Delivery[M]]:
        """Hold the readable entries and move the others to the dead letters."""
        deliveries, unreadable = [], []
        for raw_id, fields, times in entries:
            entry_id, sealed = raw_id.decode(), fields.get(b"sealed", b"")
            if entry_id in self._held:
                continue
            try:
                message = self._codec.decode(sealed)
            except BadMessage as e:
                logger.warning("%s %s becomes a dead letter: %s", self._name, entry_id, e)
                unreadable.append((entry_id, self.dead_letter(entry_id, sealed, str(e))))
                continue
            self._held[entry_id] = times
            attachment = self._codec.attachment(fields)
            if fields.get(b"attachment") and not attachment:
                logger.warning("%s %s: its attachment has no valid tag", self._name, entry_id)
            deliveries.append(Delivery(entry_id, message, sealed, attachment, times))
        for entry_id, letter in unreadable:
            with suppress(QueueUnavailable):  # then it is delivered again
                await self.settle(entry_id, letter)
        return deliveries


def _add(pipe: Redis, entry: Entry) -> None:
    fields: dict[Any, Any] = dict(entry.fields)
    pipe.xadd(entry.stream, fields, maxlen=entry.max_length)
