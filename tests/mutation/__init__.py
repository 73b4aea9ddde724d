"""Do the tests notice? Small changes to what must never be wrong, each tried against the tests about it.

Of our own, instead of mutmut or cosmic-ray, which were not tried. A mutant faces only the tests that come by
its line, in a fork of a session that has imported and collected everything. No dependency more.
"""
