"""The frozen values that the stages hand to each other, and their own arithmetic. Imports nothing of ours."""
