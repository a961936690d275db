"""The official Python client's `responses`, against the real binary."""

import asyncio

import openai
import pytest
from answers import CHUNKS, RECIPE, TEXT
from provider import Reply
from talk import ARITHMETIC, DINNER, Recipe, assert_spliced, assert_untouched

WEATHER = {
    "type": "function",
    "name": "weather",
    "description": "The weather in a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}
CALLED = {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": '{"city":"Lisbon"}'}
RESULT = {"type": "function_call_output", "call_id": "call_1", "output": "22 °C, sunny"}
PICTURE = {"type": "input_image", "image_url": "data:image/png;base64," + "iVBORw0KGgo" * 30_000, "detail": "auto"}
SHAPES = {
    "a text": lambda prompt: dict(input=prompt),
    "a list": lambda prompt: dict(input=said(prompt)),
    "instructions": lambda prompt: dict(input=prompt, instructions="Be brief. 😀"),
    "a developer item": lambda prompt: dict(input=[{"role": "developer", "content": "Be brief."}, *said(prompt)]),
    "parts, with a picture": lambda prompt: dict(input=said([PICTURE, {"type": "input_text", "text": prompt}])),
    "a response before": lambda prompt: dict(input=prompt, previous_response_id="resp_0"),
    "a response before, a list": lambda prompt: dict(input=said(prompt), previous_response_id="resp_0"),
    "tools": lambda prompt: dict(input=prompt, tools=[WEATHER], tool_choice="auto"),
    "the result of a tool": lambda prompt: dict(input=[*said(prompt), CALLED, RESULT], tools=[WEATHER]),
}


def said(content):
    return [{"role": "user", "content": content}]


@pytest.fixture
def turns(twice):
    """Makes a call of a client with and without the proxy."""

    def turns(call):
        def with_a_client(base_url):
            with openai.OpenAI(base_url=base_url, api_key="sk-of-the-app") as client:
                return call(client.responses)

        return twice(with_a_client)

    return turns


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_create(turns, turn, vegetarian, shape):
    def call(responses):
        return responses.create(model="small", safety_identifier=vegetarian, **shape(turn.prompt)).to_dict()

    answer = turns(call)
    assert answer["status"] == "completed"
    asked = shape(turn.prompt)
    assert answer["instructions"] == asked.get("instructions")
    assert answer["previous_response_id"] == asked.get("previous_response_id")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_stream_of_events(turns, turn, vegetarian, shape):
    def call(responses):
        events = responses.create(
            model="small", safety_identifier=vegetarian, stream=True, store=False, **shape(turn.prompt)
        )
        return [event.to_dict() for event in events]

    events = turns(call)
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert events[0]["type"] == "response.created" and events[-1]["type"] == "response.completed"


def test_the_streaming_helper_gathers_the_answer(turns, turn, vegetarian):
    def call(responses):
        with responses.stream(model="small", user=vegetarian, input=turn.prompt) as stream:
            texts = [event.delta for event in stream if event.type == "response.output_text.delta"]
            return texts, stream.get_final_response().to_dict()

    texts, answer = turns(call)
    assert texts == CHUNKS and answer["output"][0]["content"][0]["text"] == TEXT


def test_structured_outputs_parse(turns, turn, vegetarian):
    def call(responses):
        return responses.parse(model="small", user=vegetarian, input=turn.prompt, text_format=Recipe).output_parsed

    assert turns(call) == Recipe(**RECIPE)


def test_a_conversation_goes_on(client, direct, provider, vegetarian):
    """As an app does: the tool that is called is run, and the answer is asked for by the response before.

    The provider keeps what it was told, so it is not told again.
    """

    def talk(client):
        first = client.responses.create(model="small", user=vegetarian, input=DINNER, tools=[WEATHER])
        [called] = first.output
        result = {**RESULT, "call_id": called.call_id}
        return client.responses.create(
            model="small", user=vegetarian, previous_response_id=first.id, input=[result, *DINNER]
        ).output_text

    assert talk(client) == talk(direct) == TEXT
    first, second, first_straight, second_straight = provider.received
    assert_spliced(first, first_straight)
    assert_untouched(second, second_straight)


def test_the_asynchronous_client(twice, turn, vegetarian):
    async def talk(base_url):
        async with openai.AsyncOpenAI(base_url=base_url, api_key="sk-of-the-app") as client:
            asked = dict(model="small", user=vegetarian, input=turn.prompt)
            answer = await client.responses.create(**asked)
            stream = await client.responses.create(**asked, stream=True)
            return answer.to_dict(), [event.to_dict() async for event in stream]

    twice(lambda base_url: asyncio.run(talk(base_url)))


# When something goes wrong


def test_a_limit_is_retried(client, provider, user):
    provider.replies.append(Reply(429, {"error": {"message": "slow down"}}, {"retry-after-ms": "20"}))
    assert client.responses.create(model="small", user=user, input="What is 17 * 23?").output_text == TEXT
    assert [one.headers["x-stainless-retry-count"] for one in provider.received] == ["0", "1"]


def test_the_providers_refusal_is_its_own(client, provider, user):
    error = {"message": "no such model", "type": "invalid_request_error", "param": "model", "code": "model_not_found"}
    provider.replies.append(Reply(404, {"error": error}))
    with pytest.raises(openai.NotFoundError) as raised:
        client.responses.create(model="small", user=user, input=ARITHMETIC)
    assert raised.value.body == error and raised.value.request_id == "req_of_the_provider"


def test_a_stream_that_breaks_off_raises(client, user):
    stream = client.responses.create(model="breaks-off", user=user, input=ARITHMETIC, stream=True)
    with pytest.raises(openai.APIError) as raised:
        for event in stream:
            assert event.type != "response.completed"
    assert raised.value.code == "upstream_broke_off"


def test_a_client_that_leaves_stops_the_provider(client, provider, user):
    stream = client.responses.create(model="endless", user=user, input=ARITHMETIC, stream=True)
    for event in stream:
        if event.type == "response.output_text.delta":
            break
    assert not provider.client_left.is_set()
    stream.close()
    assert provider.client_left.wait(10)
