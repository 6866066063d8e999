"""
Which models are used now, and why no larger model is used.

Each worker records its model with its heartbeat. An entry older than BEAT_EXPIRY_S does not count.
"""

from pydantic import BaseModel, ConfigDict
from redis.asyncio import Redis

from triage.queue.consumers import AHEAD_S, redis_time_s, register_consumer
from triage.queue.heartbeat import BEAT_EXPIRY_S
from triage.queue.redis_errors import translate_redis_errors

# A sorted set: models as JSON, scored by the time of their last record in seconds.
SERVED = "{triage}:models"


class ServedModel(BaseModel):
    """The model of the worker on a host; `not_larger` is why WORKER_MODEL=auto stays with it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    host: str
    name: str
    version: str
    not_larger: str | None = None

    @property
    def summary(self) -> str:
        """What serves and why nothing larger does, as part of a line."""
        served = f"{self.name} {self.version} serves"
        return (
            served if self.not_larger is None else f"{served}, no larger model: {self.not_larger}"
        )


async def record_served_model(commands: Redis, model: ServedModel) -> None:
    """Record the model of this host's worker; raises QueueUnavailable."""
    async with translate_redis_errors():
        await register_consumer(commands, SERVED, model.model_dump_json(), BEAT_EXPIRY_S)


async def read_served_models(commands: Redis) -> list[ServedModel]:
    """Return the last recorded model of each live host; raises QueueUnavailable."""
    async with translate_redis_errors():
        now_s = await redis_time_s(commands)
        least_s, most_s = now_s - BEAT_EXPIRY_S, now_s + AHEAD_S
        entries = await commands.zrangebyscore(SERVED, f"({least_s}", most_s)
    models = [ServedModel.model_validate_json(entry) for entry in entries]
    return list({model.host: model for model in models}.values())
