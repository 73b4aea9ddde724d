"""What each command of the command line does; `bot.cli` says how they are called."""
