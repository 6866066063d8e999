"""Longer passages of a conversation, as a customer has them."""

from sandbox.simulated_people import Customer
from sandbox.telegram.message import ChatMessage

TEXT = "Ждали заказ два часа, курьер не позвонил"

# Characters that markup, tokenizers and counting in code points would each stumble over.
HARD = '<b>&<eos> "x" ' + "🥲" * 100


async def reaches_text(customer: Customer, rating: int = 3, *tags: str) -> None:
    """Fill in rating and tags, so that the text is asked for."""
    await customer.says("/start")
    await customer.taps(f"{rating}")
    for tag in tags:
        await customer.taps(tag)
    await customer.taps("d")


async def reaches_preview(customer: Customer, text: str = TEXT, *tags: str) -> ChatMessage:
    """Fill in a whole form and return the preview."""
    await reaches_text(customer, 3, *tags)
    await customer.says(text)
    return await customer.sees(lambda m: any(b.data and ":s:" in b.data for b in m.buttons))


async def sends(customer: Customer, text: str = TEXT, *tags: str) -> ChatMessage:
    """Send a review and return the message that was its preview."""
    preview = await reaches_preview(customer, text, *tags)
    await customer.taps("s")
    return await customer.sees(lambda m: m.message_id == preview.message_id)


def data_of(message: ChatMessage, do: str) -> str:
    """Return the callback data of the button of a form that does `do`."""
    return next(b.data for b in message.buttons if b.data and b.data.split(":")[2] == do)
