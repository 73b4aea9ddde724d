"""What to do about a situation: memory, then one LLM call, then the written rules."""
