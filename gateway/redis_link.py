"""The gateway's connection to Redis: the same as the bot's, with another user's rights."""

from bot.redis_link import TIMEOUT_S, RedisDown, RedisLink, RedisRefused, Script

__all__ = ["TIMEOUT_S", "RedisDown", "RedisLink", "RedisRefused", "Script"]
