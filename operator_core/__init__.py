"""What is wrong with the models, what to do about it, and doing it exactly once. Knows no Slack."""
