"""A model of the core: whatever may happen to it, in any order, and plain statements of what must be true.

`machine` has the rules (what people, the schedule, the benchmark and misfortune may do), `step_truths` and
`settled_truths` what must be true after a step and when nothing is under way. They go through the use cases,
and look at MongoDB from outside.
"""
