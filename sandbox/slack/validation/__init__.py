"""What Slack would refuse: blocks, elements and texts, as strict as Slack or stricter."""
