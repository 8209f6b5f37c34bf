"""The REST API: `/v1`, providers' hooks, and the two paths for those who watch.

A request passes auth → body → schema → service → schema. Whatever goes wrong on the way is a `Problem`, and
`errors` gives it the one shape that every path answers with.
"""

from __future__ import annotations
