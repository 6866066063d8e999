"""
Encrypts the file ids of dialogues that earlier versions stored as they are.

A migration has no key, so the bot does it when it starts.
"""

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.archive.dialogue_tables import dialogue
from triage.sealing import Seal

# Rows of one transaction.
BATCH = 500


async def seal_file_ids(engine: AsyncEngine, seal: Seal) -> None:
    """Encrypt all plain file ids; may be interrupted and repeated."""
    plain = select(dialogue.c.id, dialogue.c.file_id).where(dialogue.c.file_id.is_not(None))
    is_same = (dialogue.c.id == bindparam("row")) & (dialogue.c.file_id == bindparam("known"))
    sealing = update(dialogue).where(is_same)
    sealing = sealing.values(file_id=None, sealed_file_id=bindparam("sealed"))
    while True:
        async with engine.begin() as connection:
            found = (await connection.execute(plain.limit(BATCH))).all()
            if not found:
                return
            rows = [
                {"row": row.id, "known": row.file_id, "sealed": seal.close(row.file_id.encode())}
                for row in found
            ]
            await connection.execute(sealing, rows)
