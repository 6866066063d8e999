"""The doctor's check of how updates arrive; a wrong webhook leaves no line in the bot's log."""

from aiogram.types import WebhookInfo

from triage.checks import CheckResult


def check_update_intake(info: WebhookInfo, wanted: str) -> CheckResult:
    """Compare Telegram's webhook with WEBHOOK_URL, which is empty for polling."""
    if info.url and not wanted:
        return CheckResult(
            True, f"updates: polling; the bot deletes the webhook {info.url} when it starts"
        )
    if not wanted:
        return CheckResult(True, "updates: polling")
    if info.url != wanted:
        return CheckResult(True, f"updates: the bot sets the webhook {wanted} when it starts")
    if info.last_error_message and info.pending_update_count:
        return CheckResult(
            False,
            f"updates: Telegram cannot reach the webhook {wanted} ({info.last_error_message}), "
            f"{info.pending_update_count} updates wait; check the reverse proxy and the firewall",
        )
    return CheckResult(True, f"updates: webhook {wanted}")
