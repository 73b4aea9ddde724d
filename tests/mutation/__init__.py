"""Do the tests notice? Small changes to what must never be wrong, each tried against the tests about it.

Of our own, instead of mutmut or cosmic-ray, which were not tried: a mutant runs the tests about its file, in
a fork of a process that has loaded all libraries, and all share one database server. No dependency more.
"""
