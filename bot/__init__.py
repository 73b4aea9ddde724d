"""The Slack app and the command line."""
