"""What requests and answers look like: one schema for each body, query and answer.

A field's `metadata` is its line in the API's description.
"""

from __future__ import annotations
