"""What is said in these tests, and what may have become of it on its way to the provider."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass

import openai
from pydantic import BaseModel

ARITHMETIC = [{"role": "user", "content": "What is 17 * 23?"}]
DINNER = [{"role": "user", "content": "Can you suggest a quick dinner for me tonight?"}]
VEGETARIAN = [{"role": "user", "content": "I'm vegetarian."}]
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "weather",
            "description": "The weather in a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
BEGIN, END = b"[tactful:begin]", b"[tactful:end]"

# Whether this proxy personalises `POST /v1/responses`, or relays it.
RESPONSES_ARE_PERSONALIZED = False


class Recipe(BaseModel):
    title: str
    minutes: int


# What a provider draws by chance or reads off a clock.
CHANCE = {"id", "item_id", "created", "created_at", "completed_at", "timings"}


def dumped(answer):
    """What an answer says, or each event of a stream, without what is chance."""
    match answer:
        case dict():
            return {key: dumped(value) for key, value in answer.items() if key not in CHANCE}
        case list() | openai.Stream():
            return [dumped(one) for one in answer]
        case openai.BaseModel():
            return dumped(answer.to_dict())
    return answer


def assert_untouched(through, straight):
    """The same request, whether it came through the proxy or not."""
    assert through.raw == straight.raw
    assert (through.method, through.path) == (straight.method, straight.path)
    not_for_the_provider = {"host", "connection", "x-tactful-user"}
    assert not through.headers.keys() & {"x-tactful-user"}
    through, straight = (
        {name: value for name, value in one.headers.items() if name not in not_for_the_provider}
        for one in (through, straight)
    )
    assert through == straight


def assert_spliced(through, straight):
    """The original's bytes, and between two of them one block; returns the one turn that has come or grown by it."""
    if through.path == "/v1/responses" and not RESPONSES_ARE_PERSONALIZED:
        return assert_untouched(through, straight)
    raw, original = through.raw, straight.raw
    assert raw.count(BEGIN) == 1 and raw.count(END) == 1 and b"\\n- Is vegetarian (said " in raw
    begin = len(os.path.commonprefix([raw, original]))
    assert raw[len(raw) - len(original) + begin :] == original[begin:]
    turns = "input" if through.path == "/v1/responses" else "messages"
    body, plain = through.body, straight.body
    [changed] = [turn for turn in body.pop(turns) if turn not in plain[turns]]
    del plain[turns]
    assert body == plain and BEGIN.decode() in json.dumps(changed)
    return changed


@dataclass
class Turn:
    """A prompt of someone known to be vegetarian, and what must have become of the request."""

    prompt: str
    check: Callable

    @property
    def messages(self):
        return [{"role": "user", "content": self.prompt}]


TURNS = {
    "nothing selected": Turn(ARITHMETIC[0]["content"], assert_untouched),
    "something selected": Turn(DINNER[0]["content"], assert_spliced),
}
