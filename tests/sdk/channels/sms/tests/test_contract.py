# -- start test
from __future__ import annotations

from typing import ClassVar

import pytest

from tests.sdk.channels.sms import Provider, Text, channel
from ums.sdk.call import Call, Json, Reply
from ums.sdk.errors import BadAddress, BadChannel, BadContent, SendError
from ums.sdk.testing import ChannelContract, play


class GoodDay:
    def answer(self, call: Call) -> Reply:
        return Reply(200, b'{"id":"m-1"}')


class TestContract(ChannelContract[Provider, Text]):
    plugin = channel
    simulator = GoodDay()
    example_settings: ClassVar[dict[str, Json]] = {"url": "https://provider.example/send", "key": "k-4711"}
    example_content: ClassVar[dict[str, Json]] = {"content": "Your order has shipped."}

    @pytest.mark.parametrize(
        ("word", "kind"),
        [("unknown_number", BadAddress), ("wrong_key", BadChannel), ("text_refused", BadContent)],
    )
    def test_a_refusal_says_who_must_act(self, word: str, kind: type[SendError]) -> None:
        with pytest.raises(kind, match=word):
            play(self.send(), Reply(200, f'{{"error":"{word}"}}'.encode()))


# -- end test
