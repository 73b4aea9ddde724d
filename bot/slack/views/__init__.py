"""Data → Slack blocks. Pure: a view knows no client and no database."""
