"""Imported last by the server that replicas are forked from: no replica collects garbage among modules."""

import gc

gc.collect()
gc.freeze()
