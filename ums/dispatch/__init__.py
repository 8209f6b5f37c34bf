"""The sending side: claims what is due, calls the providers, writes down what came back.

::

    worker      one process: signals, the loop, the timer
    loop        the event loop: thousands of calls in flight
    desk        its one database thread: settle, beat, claim, in one transaction a turn
    work        where it may claim
    claiming    what a turn claims, ready to be called
    repeating   what is too late to be repeated
    settling    results become rows
    preparing   claimed rows become jobs
    job         what goes from one to the other
    sharing     the messages of a lane take turns
    slots       no channel has all of a process's calls
    breaking    channels whose calls keep failing
    engines     the distributed engine: what may be claimed comes from a broker
    recorder    what was called and answered, readable after a kill -9
    recovery    what a dead worker held
    expander    audiences become deliveries
    usage       what a process has cost
    timer       what happens by the clock, in one process at a time
"""

from __future__ import annotations
