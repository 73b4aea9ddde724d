"""Everything outside the bot, on one machine, for the demo and the tests. Nothing here is imported by the bot."""
