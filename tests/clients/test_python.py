"""The official Python client against the real binary: nothing is changed but the base URL."""

import asyncio
import hashlib
import json
import re
import threading

import openai
import pytest
from answers import CHUNKS, RECIPE, TEXT, VECTOR
from provider import Provider, Reply
from proxy import Proxy
from talk import ARITHMETIC, BEGIN, DINNER, TOOLS, VEGETARIAN, Recipe, assert_spliced, assert_untouched


def make_vegetarian(client, proxy, user):
    client.chat.completions.create(model="small", user=user, messages=VEGETARIAN)
    return proxy.learned(user, "Is vegetarian")


# What passes untouched


def test_a_chat_arrives_as_the_client_wrote_it(client, direct, provider, user):
    arguments = dict(model="small", user=user, messages=ARITHMETIC, temperature=0.3, seed=9007199254740993)
    assert client.chat.completions.create(**arguments).choices[0].message.content == TEXT
    direct.chat.completions.create(**arguments)
    assert_untouched(*provider.received)


def test_a_stream_comes_chunk_by_chunk_with_its_usage(client, user):
    stream = client.chat.completions.create(
        model="small", user=user, messages=ARITHMETIC, stream=True, stream_options={"include_usage": True}
    )
    chunks = list(stream)
    assert [chunk.choices[0].delta.content for chunk in chunks[:3]] == CHUNKS
    assert chunks[-1].choices == [] and chunks[-1].usage.total_tokens == 16


def test_the_streaming_helper_gathers_the_answer(client, user):
    with client.chat.completions.stream(model="small", user=user, messages=ARITHMETIC) as stream:
        texts = [event.delta for event in stream if event.type == "content.delta"]
        answer = stream.get_final_completion()
    assert texts == CHUNKS and answer.choices[0].message.content == TEXT


@pytest.mark.parametrize("stream", [False, True])
def test_tools_are_called(client, direct, provider, user, stream):
    arguments = dict(model="small", user=user, messages=ARITHMETIC, tools=TOOLS, stream=stream)
    answer = client.chat.completions.create(**arguments)
    if stream:
        calls = [call for chunk in answer for call in chunk.choices[0].delta.tool_calls or []]
        name, text = calls[0].function.name, "".join(call.function.arguments for call in calls)
    else:
        call = answer.choices[0].message.tool_calls[0]
        name, text = call.function.name, call.function.arguments
    assert name == "weather" and json.loads(text) == {"city": "Lisbon"}
    answer = direct.chat.completions.create(**arguments)
    if stream:
        answer.close()
    assert_untouched(*provider.received)


def test_structured_outputs_parse(client, direct, provider, user):
    arguments = dict(model="small", user=user, messages=ARITHMETIC, response_format=Recipe)
    answer = client.chat.completions.parse(**arguments)
    assert answer.choices[0].message.parsed == Recipe(**RECIPE)
    direct.chat.completions.parse(**arguments)
    assert_untouched(*provider.received)
    assert provider.last.body["response_format"]["type"] == "json_schema"


def test_embeddings_and_models_are_relayed(client, provider):
    assert client.embeddings.create(model="small", input="x").data[0].embedding == VECTOR
    assert [model.id for model in client.models.list()] == ["small"]
    assert [one.path for one in provider.received] == ["/v1/embeddings", "/v1/models"]
    answer = client.models.with_raw_response.list()
    assert answer.headers["x-tactful-outcome"] == "bypassed"
    assert answer.headers["x-request-id"] == "req_of_the_provider"


# What else it sends


PICTURE = "data:image/png;base64," + "iVBORw0KGgo" * 30_000  # A few hundred kilobytes.
SHAPES = {
    "a system message": lambda prompt: dict(messages=[{"role": "system", "content": "Be brief."}, *said(prompt)]),
    "a developer message": lambda prompt: dict(messages=[{"role": "developer", "content": "Be brief."}, *said(prompt)]),
    "a conversation": lambda prompt: dict(
        messages=[*said("Hello"), {"role": "assistant", "content": "Hi! 😀"}, *said(prompt)],
    ),
    "parts, with a picture": lambda prompt: dict(
        messages=said([{"type": "image_url", "image_url": {"url": PICTURE}}, {"type": "text", "text": prompt}])
    ),
    "the result of a tool": lambda prompt: dict(messages=[*said(prompt), CALLED, RESULT], tools=TOOLS),
    "tools": lambda prompt: dict(messages=said(prompt), tools=TOOLS, tool_choice="auto", parallel_tool_calls=False),
    "a schema": lambda prompt: dict(messages=said(prompt), response_format=SCHEMA),
    "several answers": lambda prompt: dict(messages=said(prompt), n=3, logit_bias={"50256": -100}),
}


def said(content):
    return [{"role": "user", "content": content}]


CALLED = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "22 °C, sunny"}
SCHEMA = {
    "type": "json_schema",
    "json_schema": {"name": "recipe", "strict": True, "schema": Recipe.model_json_schema()},
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_every_shape_of_a_chat(twice, turn, vegetarian, shape, stream):
    def call(base_url):
        with openai.OpenAI(base_url=base_url, api_key="sk-of-the-app") as client:
            answer = client.chat.completions.create(
                model="small", safety_identifier=vegetarian, stream=stream, **shape(turn.prompt)
            )
            return [chunk.to_dict() for chunk in answer] if stream else answer.to_dict()

    assert twice(call)


def test_a_file_is_uploaded(twice_untouched):
    def call(client):
        return client.files.create(file=("notes.txt", b"I'm vegetarian.\r\n\x00\xff" * 5000), purpose="user_data")

    assert twice_untouched(call).bytes > 90_000


def test_speech_is_transcribed(twice_untouched):
    def call(client):
        return client.audio.transcriptions.create(model="small", file=("a.wav", b"RIFF\x00\xff" * 5000), language="en")

    assert twice_untouched(call).text == TEXT


def test_a_legacy_completion_is_relayed(twice_untouched, vegetarian):
    def call(client):
        return client.completions.create(model="small", prompt=DINNER[0]["content"], user=vegetarian)

    assert twice_untouched(call).choices[0].text == TEXT


@pytest.fixture
def twice_untouched(client, direct, provider):
    """Makes a call with and without the proxy, which may change nothing. Returns the answer."""

    def twice(call):
        through, straight = call(client), call(direct)
        assert through == straight
        assert_untouched(*(of_one_boundary(one) for one in provider.received))
        return through

    return twice


def of_one_boundary(received):
    """A multipart body's boundary is drawn by chance."""
    if found := re.search(r"boundary=(\w+)", received.headers["content-type"]):
        received.raw = received.raw.replace(found[1].encode(), b"boundary")
        received.headers["content-type"] = "multipart/form-data; boundary=boundary"
    return received


# Who speaks, and what the client is told


@pytest.mark.parametrize(
    "named",
    [
        lambda user: {"user": user},
        lambda user: {"safety_identifier": user},
        lambda user: {"safety_identifier": user, "user": "someone-else"},
        lambda user: {"extra_headers": {"x-tactful-user": user}},
        lambda user: {"extra_headers": {"x-tactful-user": user}, "safety_identifier": "someone-else"},
    ],
    ids=["user", "safety_identifier", "safety_identifier before user", "header", "header before body"],
)
def test_the_user_is_named(client, proxy, provider, user, named):
    answer = client.chat.completions.with_raw_response.create(model="small", messages=VEGETARIAN, **named(user))
    assert answer.parse().choices[0].message.content == TEXT
    assert answer.headers["x-tactful-outcome"] == "generic"
    assert answer.headers["x-tactful-reason"] == "no_attributes"
    assert answer.headers["x-tactful-request-id"].startswith("req_")
    assert "x-tactful-attributes" not in answer.headers
    assert not any(name.startswith("x-tactful-") for name in provider.last.headers)
    assert proxy.learned(user, "Is vegetarian")["evidence"][0]["quote"] == "I'm vegetarian."


def test_nobody_named_is_relayed(client, direct, provider):
    answer = client.chat.completions.with_raw_response.create(model="small", messages=VEGETARIAN)
    assert answer.headers["x-tactful-outcome"] == "bypassed"
    assert answer.headers["x-tactful-reason"] == "no_user"
    direct.chat.completions.with_raw_response.create(model="small", messages=VEGETARIAN)
    assert_untouched(*provider.received)


# Learn, then personalise


@pytest.mark.parametrize("stream", [False, True])
def test_what_was_learned_changes_the_answers_it_matters_to(client, direct, proxy, provider, user, stream):
    attribute = make_vegetarian(client, proxy, user)
    provider.reset()

    def ask(client, messages):
        options = {"stream_options": {"include_usage": True}} if stream else {}
        answer = client.chat.completions.with_raw_response.create(
            model="small", user=user, messages=messages, stream=stream, **options
        )
        parsed = answer.parse()
        if not stream:
            return answer.headers, parsed.choices[0].message.content
        parts = [chunk.choices[0].delta.content or "" for chunk in parsed if chunk.choices]
        return answer.headers, "".join(parts)

    headers, text = ask(client, DINNER)
    assert text == TEXT
    assert headers["x-tactful-outcome"] == "personalized"
    assert headers["x-tactful-attributes"] == attribute["id"]
    assert "x-tactful-reason" not in headers
    ask(direct, DINNER)
    added = assert_spliced(*provider.received)
    assert added["role"] == "system" and set(added) == {"role", "content"}

    headers, _ = ask(client, ARITHMETIC)
    assert headers["x-tactful-outcome"] == "generic" and headers["x-tactful-reason"] == "not_relevant"
    ask(direct, ARITHMETIC)
    assert_untouched(*provider.received[2:])


def test_a_block_sent_back_is_taken_out(client, proxy, provider, user):
    make_vegetarian(client, proxy, user)
    client.chat.completions.create(model="small", user=user, messages=DINNER)
    injected = provider.last.body["messages"][0]["content"]
    client.chat.completions.create(
        model="small", user=user, messages=[{"role": "system", "content": f"Be brief.\n\n{injected}"}, *ARITHMETIC]
    )
    assert provider.last.body["messages"][0]["content"] == "Be brief."


def test_one_persons_words_stay_theirs(client, proxy, provider, user):
    make_vegetarian(client, proxy, user)
    client.chat.completions.create(model="small", user=f"not-{user}", messages=DINNER)
    assert BEGIN not in provider.last.raw


def test_what_is_deleted_is_not_used(client, proxy, provider, user):
    attribute = make_vegetarian(client, proxy, user)
    assert proxy.api("DELETE", f"/users/{user}/attributes/{attribute['id']}")["deleted"]
    client.chat.completions.create(model="small", user=user, messages=DINNER)
    assert BEGIN not in provider.last.raw


# When something goes wrong


def test_a_limit_is_retried_by_the_client_and_then_told(client, provider, user):
    error = {"error": {"message": "slow down", "type": "requests", "param": None, "code": "rate_limit_exceeded"}}
    provider.replies += [Reply(429, error, {"retry-after": "1"}), *[Reply(429, error, {"retry-after-ms": "20"})] * 2]
    with pytest.raises(openai.RateLimitError) as raised:
        client.chat.completions.create(model="small", user=user, messages=ARITHMETIC)
    assert raised.value.code == "rate_limit_exceeded"
    assert raised.value.response.headers["retry-after-ms"] == "20"
    assert [one.headers["x-stainless-retry-count"] for one in provider.received] == ["0", "1", "2"]


def test_a_limit_that_passes_is_not_noticed(client, provider, user):
    provider.replies.append(Reply(429, {"error": {"message": "slow down"}}, {"retry-after-ms": "20"}))
    answer = client.chat.completions.create(model="small", user=user, messages=ARITHMETIC)
    assert answer.choices[0].message.content == TEXT and len(provider.received) == 2


def test_the_providers_refusal_is_its_own(client, provider, user):
    error = {"message": "Incorrect API key", "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}
    provider.replies.append(Reply(401, {"error": error}))
    with pytest.raises(openai.AuthenticationError) as raised:
        client.chat.completions.create(model="small", user=user, messages=ARITHMETIC)
    assert raised.value.body == error
    assert raised.value.request_id == "req_of_the_provider"


@pytest.mark.parametrize(
    "status, raises",
    [
        (400, openai.BadRequestError),
        (403, openai.PermissionDeniedError),
        (404, openai.NotFoundError),
        (409, openai.ConflictError),
        (422, openai.UnprocessableEntityError),
        (500, openai.InternalServerError),
        (503, openai.InternalServerError),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_status_raises_its_error(client, direct, provider, user, status, raises, stream):
    error = {"message": "no", "type": "some_error", "param": "model", "code": "some_code"}
    told = []
    for one in (client, direct):
        provider.replies.append(Reply(status, {"error": error}))
        with pytest.raises(raises) as raised:
            one.with_options(max_retries=0).chat.completions.create(
                model="small", user=user, messages=ARITHMETIC, stream=stream
            )
        told.append((raised.value.status_code, raised.value.body, raised.value.request_id, str(raised.value)))
    assert told[0] == told[1] and told[0][1] == error


def test_a_client_that_waits_no_longer_stops_the_provider(client, provider, user):
    """It leaves before the first byte of an answer."""
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=2, max_retries=0).chat.completions.create(
            model="silent", user=user, messages=ARITHMETIC
        )
    assert provider.client_left.wait(10)


def test_a_provider_that_is_down_is_a_502(tmp_path):
    provider = Provider()
    provider.stop()
    proxy = Proxy(provider.base_url, tmp_path / "store")
    try:
        with openai.OpenAI(base_url=proxy.base_url, api_key="k", max_retries=0) as client:
            with pytest.raises(openai.InternalServerError) as raised:
                client.chat.completions.create(model="small", user="ana", messages=ARITHMETIC)
        assert isinstance(raised.value, openai.APIStatusError) and raised.value.status_code == 502
        error = raised.value.body
        assert "cannot be reached" in error.pop("message")
        assert error == {"type": "server_error", "param": None, "code": "upstream_unreachable"}
    finally:
        assert proxy.stop() == 0


def test_a_stream_that_breaks_off_raises(client, user):
    stream = client.chat.completions.create(model="breaks-off", user=user, messages=ARITHMETIC, stream=True)
    assert next(stream).choices[0].delta.content == CHUNKS[0]
    with pytest.raises(openai.APIError) as raised:
        next(stream)
    assert raised.value.code == "upstream_broke_off"


def test_a_client_that_leaves_stops_the_provider(client, provider, user):
    stream = client.chat.completions.create(model="endless", user=user, messages=ARITHMETIC, stream=True)
    assert next(stream).choices[0].delta.content == "on and on "
    assert not provider.client_left.is_set()
    stream.close()
    assert provider.client_left.wait(10)


def test_each_app_has_its_key_and_its_people(provider, tmp_path):
    def sha256(key):
        return hashlib.sha256(key.encode()).hexdigest()

    config = tmp_path / "tactful.toml"
    config.write_text(
        f'[[access.apps]]\nname = "shop"\nkey_sha256 = "{sha256("key-of-shop")}"\nupstream_api_key = "sk-shop"\n'
        f'[[access.apps]]\nname = "mail"\nkey_sha256 = "{sha256("key-of-mail")}"\nupstream_api_key = "sk-mail"\n'
    )
    proxy = Proxy(provider.base_url, tmp_path / "store", ["--config", config])
    clients = [
        openai.OpenAI(base_url=proxy.base_url, api_key=key) for key in ("key-of-shop", "key-of-mail", "key-of-nobody")
    ]
    shop, mail, nobody = clients
    try:
        with pytest.raises(openai.AuthenticationError) as raised:
            nobody.chat.completions.create(model="small", user="ana", messages=DINNER)
        assert raised.value.code == "invalid_api_key" and provider.received == []

        proxy.key = "key-of-shop"
        make_vegetarian(shop, proxy, "ana")
        assert provider.last.headers["authorization"] == "Bearer sk-shop"
        mail.chat.completions.create(model="small", user="ana", messages=DINNER)
        assert provider.last.headers["authorization"] == "Bearer sk-mail" and BEGIN not in provider.last.raw
        shop.chat.completions.create(model="small", user="ana", messages=DINNER)
        assert BEGIN in provider.last.raw
    finally:
        for client in clients:
            client.close()
        assert proxy.stop() == 0


# The asynchronous client


def test_the_asynchronous_client(proxy, provider, user):
    async def talk():
        async with openai.AsyncOpenAI(base_url=proxy.base_url, api_key="sk-of-the-app") as client:
            chat = client.chat.completions
            await chat.create(model="small", safety_identifier=user, messages=VEGETARIAN)
            await asyncio.to_thread(proxy.learned, user, "Is vegetarian")

            answer = await chat.with_raw_response.create(model="small", safety_identifier=user, messages=DINNER)
            assert answer.headers["x-tactful-outcome"] == "personalized"
            stream = await chat.create(model="small", safety_identifier=user, messages=DINNER, stream=True)
            assert "".join([chunk.choices[0].delta.content or "" async for chunk in stream]) == TEXT
            assert provider.last.raw.count(BEGIN) == 1

            many = [chat.create(model="small", safety_identifier=user, messages=ARITHMETIC) for _ in range(20)]
            assert {one.choices[0].message.content for one in await asyncio.gather(*many)} == {TEXT}

            stream = await chat.create(model="endless", safety_identifier=user, messages=ARITHMETIC, stream=True)
            await anext(aiter(stream))
            await stream.close()
            assert await asyncio.to_thread(provider.client_left.wait, 10)

    asyncio.run(talk())


def test_a_request_that_is_cancelled_stops_the_provider(proxy, provider, user):
    began = threading.Event()

    async def talk():
        async with openai.AsyncOpenAI(base_url=proxy.base_url, api_key="sk-of-the-app") as client:

            async def listen():
                stream = await client.chat.completions.create(
                    model="endless", user=user, messages=ARITHMETIC, stream=True
                )
                async for _ in stream:
                    began.set()

            task = asyncio.create_task(listen())
            assert await asyncio.to_thread(began.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert await asyncio.to_thread(provider.client_left.wait, 10)

    asyncio.run(talk())
