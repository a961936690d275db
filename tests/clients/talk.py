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
    raw, original = through.raw, straight.raw
    assert raw.count(BEGIN) == 1 and raw.count(END) == 1 and b"\\n- Is vegetarian (said " in raw
    begin = len(os.path.commonprefix([raw, original]))
    body, plain = through.body, straight.body
    turns = "input" if "input" in plain else "messages"
    if isinstance(plain[turns], str):
        raw, plain[turns] = unwrapped(raw, begin), [{"type": "message", "role": "user", "content": plain[turns]}]
    assert raw[len(raw) - len(original) + begin :] == original[begin:]
    [changed] = [turn for turn in body[turns] if turn not in plain[turns]]
    assert {**body, turns: None} == {**plain, turns: None} and BEGIN.decode() in json.dumps(changed)
    return changed


def unwrapped(raw, begin):
    """Where an input is one string, that string has become the content of the second of two items."""
    head, tail = raw[:begin], raw[begin:]
    opening, rest = tail.split(b'"role":"user","content":', 1)
    assert opening.startswith(b"[{") and BEGIN in opening
    return head + opening + rest.replace(b"}]", b"", 1)


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
