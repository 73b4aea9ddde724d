"""Everything outside the bot, on one machine, for the demo and the tests. The bot imports none of it."""
