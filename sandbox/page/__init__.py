"""The demo in a browser: a window like Slack's, drawn from the stand-in's state, and a look behind it."""
