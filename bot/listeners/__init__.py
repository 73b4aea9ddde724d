"""Slack listeners: ack, parse, call one use case, render its answer."""
