"""The Slack app: who may do what, what is shown, what is posted, and what a click means."""
