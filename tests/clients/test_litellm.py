"""LiteLLM's SDK against the real binary. It runs in an environment of its own, since it asks for an older `openai`."""

import asyncio
import json

import litellm
import pytest
from answers import CHUNKS, RECIPE, TEXT, VECTOR
from provider import Reply
from talk import TOOLS, Recipe

MODEL = "openai/gpt-4o-mini"  # One that LiteLLM knows: of any other it does not send the user.
WEATHER = {"type": "function", "name": "weather", "parameters": TOOLS[0]["function"]["parameters"]}


@pytest.fixture
def asking(vegetarian):
    """What LiteLLM is told whatever it is asked."""

    def asking(**what):
        return lambda base_url, **more: dict(
            model=MODEL, api_base=base_url, api_key="sk-of-the-app", user=vegetarian, **what, **more
        )

    return asking


@pytest.fixture
def asked(turn, asking):
    """A chat, as LiteLLM is asked for one."""
    return asking(messages=turn.messages)


@pytest.fixture
def asked_to_respond(turn, asking):
    """A response, as LiteLLM is asked for one."""
    return asking(input=turn.prompt)


def test_completion(twice, asked):
    answer = twice(lambda base_url: litellm.completion(**asked(base_url)).model_dump())
    assert answer["choices"][0]["message"]["content"] == TEXT


def test_a_header_names_the_person_where_litellm_does_not(twice, turn, vegetarian):
    def call(base_url):
        return litellm.completion(
            model="openai/a-model-of-their-own",
            api_base=base_url,
            api_key="sk-of-the-app",
            messages=turn.messages,
            extra_headers={"x-tactful-user": vegetarian},
        ).model_dump()

    twice(call)


def test_completion_streamed(twice, asked):
    def call(base_url):
        return [chunk.choices[0].delta.content for chunk in litellm.completion(**asked(base_url, stream=True))]

    assert twice(call)[:3] == CHUNKS


def test_completion_asynchronously(twice, asked):
    async def talk(base_url):
        answer = await litellm.acompletion(**asked(base_url))
        stream = await litellm.acompletion(**asked(base_url, stream=True))
        return answer.model_dump(), [chunk.choices[0].delta.content async for chunk in stream]

    assert twice(lambda base_url: asyncio.run(talk(base_url)))[1][:3] == CHUNKS


def test_tools(twice, asked):
    def call(base_url):
        [call] = litellm.completion(**asked(base_url, tools=TOOLS)).choices[0].message.tool_calls
        return call.function.name, json.loads(call.function.arguments)

    assert twice(call) == ("weather", {"city": "Lisbon"})


def test_structured_outputs(twice, asked):
    def call(base_url):
        return json.loads(litellm.completion(**asked(base_url, response_format=Recipe)).choices[0].message.content)

    assert twice(call) == RECIPE


def test_responses(twice, asked_to_respond):
    answer = twice(lambda base_url: dumped(litellm.responses(**asked_to_respond(base_url))))
    assert answer["output"][0]["content"][0]["text"] == TEXT


def test_responses_streamed(twice, asked_to_respond):
    def call(base_url):
        return [dumped(event) for event in litellm.responses(**asked_to_respond(base_url, stream=True))]

    events = twice(call)
    assert [event["delta"] for event in events if event["type"] == "response.output_text.delta"] == CHUNKS


def test_responses_with_tools_asynchronously(twice, asked_to_respond):
    async def talk(base_url):
        return dumped(await litellm.aresponses(**asked_to_respond(base_url, tools=[WEATHER])))

    answer = twice(lambda base_url: asyncio.run(talk(base_url)))
    assert answer["output"][0]["name"] == "weather"


def dumped(answer):
    """What it says, without the ids LiteLLM makes."""
    dumped = answer.model_dump()
    for one in (dumped, dumped.get("response") or {}):
        one.pop("id", None)
    return dumped


def test_embeddings(proxy, provider):
    answer = litellm.embedding(
        model=MODEL, api_base=proxy.base_url, api_key="sk-of-the-app", input=["one"], encoding_format="float"
    )
    assert answer.data[0]["embedding"] == VECTOR


def test_a_limit_raises(proxy, provider, user):
    provider.replies.append(Reply(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}))
    with pytest.raises(litellm.RateLimitError):
        litellm.completion(
            model=MODEL,
            api_base=proxy.base_url,
            api_key="sk-of-the-app",
            user=user,
            messages=[{"role": "user", "content": "Hello"}],
            num_retries=0,
            max_retries=0,
        )


def test_a_client_that_leaves_stops_the_provider(proxy, provider, user):
    stream = litellm.completion(
        model="openai/endless",
        api_base=proxy.base_url,
        api_key="sk-of-the-app",
        user=user,
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
    )
    assert next(stream).choices[0].delta.content == "on and on "
    stream.completion_stream.close()
    assert provider.client_left.wait(10)
