"""What is wrong: outages first, then single models, folded into situations. Pure."""
