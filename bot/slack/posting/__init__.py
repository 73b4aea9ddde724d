"""What is sent to Slack, kept true there, and edited as things change."""
