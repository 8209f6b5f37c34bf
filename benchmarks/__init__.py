"""Measurements of this machine, printed as figures and ratios of one run; no tests.

::

    comparators   the gateway beside what one would write oneself, and beside a bare client, in turns
    ingress       single sends and uploads over HTTP, against a real `ums serve`
    growth        the gateway with more processes, more calls in flight and more recipients
    report        tables, plots and pages of what was measured (pure)

    plan          what is measured, how large, and how long it may take (pure)
    gateway       runs `ums bench`
    stand_in      the provider's stand-in, and what it has counted
    services      the database server and the broker, where they answer
    machine       what it was measured on, and how busy that was

`python -m benchmarks` (`make bench`) runs the first three; `audiences`, `expansion`, `hooks` and `words` are run by
themselves. docs/benchmarks.md says what each row is.
"""

from __future__ import annotations
