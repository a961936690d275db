"""A real inference server behind the proxy: its own chunks, templates, grammars, errors and tokens."""

import asyncio
import contextlib
import functools
import json
import os
import re
import sys
import time
import urllib.request
from enum import StrEnum
from pathlib import Path

import openai
import pytest
from conftest import make_vegetarian
from inference import CONTEXT, REFUSAL, TOOL_CALL
from proxy import Proxy
from pydantic import BaseModel, Field
from talk import ARITHMETIC, DINNER, dumped
from upstream import Upstream

SYSTEM = {"role": "system", "content": "Be brief."}
DINNER_AFTER_A_TALK = [SYSTEM, {"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Hi!"}, *DINNER]


class Server(Upstream):
    def __init__(self, template, folder):
        super().__init__(
            [sys.executable, Path(__file__).parent / "inference.py", folder, template],
            folder,
            lambda log: (found := re.search(r"^listening on (\S+)$", log, re.MULTILINE)) and found[1],
            LLAMA_SERVER_SLOTS_DEBUG="1",  # It shows the prompts that the model has read.
        )

    def slots(self):
        with urllib.request.urlopen(f"{self.root}/slots", timeout=10) as answer:
            return json.load(answer)

    def last_slot(self):
        """Where the last request was worked on."""
        return max((slot for slot in self.slots() if "id_task" in slot), key=lambda slot: slot["id_task"])

    def last_prompt(self):
        """What the model read last, with its template around it."""
        return self.last_slot()["prompt"]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    server = Server("plain", tmp_path_factory.mktemp("plain"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    server = Server("strict", tmp_path_factory.mktemp("strict"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def proxy(plain, tmp_path_factory):
    proxy = Proxy(plain.base_url, tmp_path_factory.mktemp("store"))
    yield proxy
    assert proxy.stop() == 0


@pytest.fixture(scope="module")
def vegetarian(proxy):
    return make_vegetarian(proxy, "ana", model="tiny")


@pytest.fixture(scope="module")
def client(proxy):
    with openai.OpenAI(base_url=proxy.base_url, api_key="none", max_retries=0) as client:
        yield client


@pytest.fixture(scope="module")
def direct(plain):
    with openai.OpenAI(base_url=plain.base_url, api_key="none", max_retries=0) as client:
        yield client


def ask(client, user, messages, **more):
    """What the model says, without what is drawn by chance."""
    asked = dict(model="tiny", user=user, messages=messages, max_tokens=40, temperature=0) | more
    return dumped(client.chat.completions.create(**asked))


def said(chunks):
    return "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks if chunk["choices"])


# What passes


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_nothing_selected(client, direct, plain, vegetarian, stream):
    options = {"stream": True, "stream_options": {"include_usage": True}} if stream else {}
    through = ask(client, vegetarian, ARITHMETIC, **options)
    prompt = plain.last_prompt()
    straight = ask(direct, vegetarian, ARITHMETIC, **options)
    assert through == straight and prompt == plain.last_prompt()
    if stream:
        assert len(through) > 10 and through[-1]["usage"]["completion_tokens"] == 40


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("messages", [DINNER, DINNER_AFTER_A_TALK], ids=["a first turn", "a later turn"])
def test_something_selected(client, direct, plain, vegetarian, messages, stream):
    through = ask(client, vegetarian, messages, stream=stream)
    prompt = plain.last_prompt()
    straight = ask(direct, vegetarian, messages, stream=stream)
    assert_grown_by_the_block(prompt, plain.last_prompt())
    # The answer is the model's own to this prompt.
    answer = said(through) if stream else through["choices"][0]["message"]["content"]
    assert through != straight and answer == completed(direct, prompt)


def assert_grown_by_the_block(prompt, original):
    begin = len(os.path.commonprefix([prompt, original]))
    assert prompt[len(prompt) - len(original) + begin :] == original[begin:]
    assert prompt.count("[tactful:begin]") == 1 and "\n- Is vegetarian (said " in prompt


def completed(direct, prompt):
    return direct.completions.create(model="tiny", prompt=prompt, max_tokens=40, temperature=0).choices[0].text


class Weekday(StrEnum):
    MONDAY = "monday"
    SUNDAY = "sunday"


class Plan(BaseModel):
    weekday: Weekday
    minutes: int = Field(ge=0, le=99)


@pytest.mark.parametrize("messages", [ARITHMETIC, DINNER], ids=["nothing selected", "something selected"])
def test_the_model_keeps_to_a_schema(client, vegetarian, messages):
    answer = client.chat.completions.parse(
        model="tiny", user=vegetarian, messages=messages, response_format=Plan, temperature=0, max_tokens=300
    )
    assert isinstance(answer.choices[0].message.parsed, Plan)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("messages", [ARITHMETIC, DINNER], ids=["nothing selected", "something selected"])
def test_the_model_calls_a_tool(client, direct, vegetarian, messages, stream):
    parameters = {"type": "object", "properties": {"day": {"enum": ["monday", "sunday"]}}, "required": ["day"]}
    tools = [{"type": "function", "function": {"name": "plan", "description": "Plans.", "parameters": parameters}}]
    more = dict(tools=tools, tool_choice="required", logit_bias={TOOL_CALL: 100}, max_tokens=120, stream=stream)
    through = ask(client, vegetarian, messages, **more)
    if messages == ARITHMETIC:
        assert through == ask(direct, vegetarian, messages, **more)
    if stream:
        calls = [call for chunk in through for call in chunk["choices"][0]["delta"].get("tool_calls") or []]
    else:
        calls = through["choices"][0]["message"]["tool_calls"]
    assert calls[0]["function"]["name"] == "plan"


def respond(client, user, messages, **more):
    asked = dict(model="tiny", user=user, input=messages[0]["content"], max_output_tokens=40, temperature=0) | more
    return dumped(client.responses.create(**asked))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_response_with_nothing_selected(client, direct, vegetarian, stream):
    through = respond(client, vegetarian, ARITHMETIC, instructions="Be brief.", stream=stream)
    assert through == respond(direct, vegetarian, ARITHMETIC, instructions="Be brief.", stream=stream)
    if stream:
        assert through[0]["type"] == "response.created" and through[-1]["type"] == "response.completed"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("more", [{}, {"instructions": "Be brief."}], ids=["a text", "instructions"])
def test_a_response_with_something_selected(client, direct, plain, vegetarian, more, stream):
    through = respond(client, vegetarian, DINNER, **more, stream=stream)
    prompt = plain.last_prompt()
    respond(direct, vegetarian, DINNER, **more, stream=stream)
    assert_grown_by_the_block(prompt, plain.last_prompt())
    response = through[-1]["response"] if stream else through
    assert response["output"][0]["content"][0]["text"] == completed(direct, prompt)


def test_many_at_once_each_get_all_their_tokens(proxy, vegetarian):
    async def talk():
        async with openai.AsyncOpenAI(base_url=proxy.base_url, api_key="none", max_retries=0) as client:

            async def listen(number):
                stream = await client.chat.completions.create(
                    model="tiny",
                    user=vegetarian if number % 2 else f"user-{number}",
                    messages=DINNER,
                    max_tokens=50 + number,
                    stream=True,
                    stream_options={"include_usage": True},
                    extra_body={"ignore_eos": True},
                )
                return [chunk async for chunk in stream][-1].usage.completion_tokens

            return await asyncio.gather(*map(listen, range(8)))

    assert asyncio.run(talk()) == [50 + number for number in range(8)]


def test_a_server_that_closes_its_connections_now_and_then_is_not_noticed(client, vegetarian):
    """This one says `Keep-Alive: max=100`."""
    for _ in range(110):
        ask(client, vegetarian, ARITHMETIC, max_tokens=1)


# Templates that refuse a system message after the first


@pytest.fixture(scope="module")
def placed(strict, tmp_path_factory):
    """Makes a client of a proxy with a placement of its own."""
    with contextlib.ExitStack() as ends:

        @functools.cache
        def placed(placement):
            proxy = Proxy(strict.base_url, tmp_path_factory.mktemp("store"), INJECTION__PLACEMENT=placement)
            ends.callback(proxy.stop)
            make_vegetarian(proxy, "ana", model="tiny")
            return ends.enter_context(openai.OpenAI(base_url=proxy.base_url, api_key="none", max_retries=0))

        yield placed


@pytest.mark.parametrize("placement", ["auto", "system_tail", "user_tail"])
def test_a_strict_template_takes_it(strict, placed, placement):
    client = placed(placement)
    for messages in (DINNER, DINNER_AFTER_A_TALK):
        ask(client, "ana", messages)
        prompt = strict.last_prompt()
        with openai.OpenAI(base_url=strict.base_url, api_key="none", max_retries=0) as direct:
            ask(direct, "ana", messages)
        assert_grown_by_the_block(prompt, strict.last_prompt())
        last_turn = prompt.rsplit("<|im_start|>user\n", 1)[1]
        assert ("[tactful:begin]" in last_turn) == (placement == "user_tail")


def test_a_strict_template_takes_a_response_with_instructions(strict, placed):
    """There the instructions are the one system message, and the block stands in the person's turn."""
    response = respond(placed("user_tail"), "ana", DINNER, instructions="Be brief.")
    assert response["status"] == "completed"
    system, last_turn = strict.last_prompt().split("<|im_start|>user\n")
    assert "Be brief." in system and "[tactful:begin]" in last_turn


def test_a_strict_template_refuses_what_comes_before_the_last_turn(placed):
    """The reason for `injection.placement`: the refusal is the model's own, and reaches the client."""
    client = placed("before_last_user")
    with pytest.raises(openai.BadRequestError, match=re.escape(REFUSAL)):
        ask(client, "ana", DINNER_AFTER_A_TALK)
    assert ask(client, "ana", ARITHMETIC)["choices"][0]["message"]["content"]


# When something goes wrong


def too_long(client, user):
    ask(client, user, [{"role": "user", "content": "What is 17 * 23? " * CONTEXT}])


def too_long_streamed(client, user):
    ask(client, user, [{"role": "user", "content": "What is 17 * 23? " * CONTEXT}], stream=True)


def no_messages(client, user):
    ask(client, user, "What is 17 * 23?")


def a_schema_that_is_none(client, user):
    ask(client, user, ARITHMETIC, response_format={"type": "json_schema", "json_schema": {"schema": {"type": "what"}}})


def no_embeddings(client, user):
    client.embeddings.create(model="tiny", input="one", user=user)


def no_such_path(client, user):
    client.batches.retrieve("batch_1")


@pytest.mark.parametrize(
    "call", [too_long, too_long_streamed, no_messages, a_schema_that_is_none, no_embeddings, no_such_path]
)
def test_its_refusals_are_its_own(client, direct, vegetarian, call):
    told = []
    for one in (client, direct):
        with pytest.raises(openai.APIStatusError) as raised:
            call(one, vegetarian)
        told.append((type(raised.value), raised.value.status_code, raised.value.body))
    assert told[0] == told[1]


def test_a_client_that_leaves_stops_the_model(client, plain, vegetarian):
    stream = client.chat.completions.create(
        model="tiny", user=vegetarian, messages=ARITHMETIC, stream=True, extra_body={"ignore_eos": True}
    )
    for _ in range(3):
        next(stream)
    assert any(slot["is_processing"] for slot in plain.slots())
    stream.close()
    until = time.monotonic() + 30
    while any(slot["is_processing"] for slot in plain.slots()):
        assert time.monotonic() < until
        time.sleep(0.02)
    assert plain.last_slot()["n_prompt_tokens"] < CONTEXT / 2, "it went on to the end of its context"
