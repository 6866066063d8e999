"""The doctor's check of how updates arrive; a wrong webhook leaves no line in the bot's log."""

from aiogram.types import WebhookInfo

from triage.checks import CheckResult


def check_update_intake(info: WebhookInfo, wanted: str) -> CheckResult:
    """Compare Telegram's webhook with WEBHOOK_URL, which is empty for polling."""
    if info.url and not wanted:
        return CheckResult(True, f"updates: Telegram pushes to {info.url} until the bot starts")
    if not wanted:
        return CheckResult(True, "updates: the bot asks for them")
    if info.url != wanted:
        return CheckResult(True, f"updates: the bot lets Telegram push to {wanted} when it starts")
    if info.last_error_message and info.pending_update_count:
        return CheckResult(
            False,
            f"updates: Telegram cannot push to {wanted} ({info.last_error_message}), "
            f"{info.pending_update_count} wait; let what is in front of the bot pass them on",
        )
    return CheckResult(True, f"updates: Telegram pushes to {wanted}")
