"""The three public lists that discovery reads, served over real HTTP."""
