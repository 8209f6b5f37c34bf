"""Where the files that mail attaches are kept: one shelf, on the local disk or in an S3 bucket.

A shelf knows names and bytes, and nothing of whose they are or how long they last: that stands in the
database, whose row is written before its file and taken away after it (see `ums.services.materials`).
"""

from __future__ import annotations
