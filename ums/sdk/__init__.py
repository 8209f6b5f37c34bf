"""All that a channel plugin may import of the gateway.

Start with `ums.sdk.plugin`: it holds the contract. `channels/README.md` shows how to write a plugin.
"""

from __future__ import annotations
