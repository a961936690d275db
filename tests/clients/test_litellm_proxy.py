"""LiteLLM's proxy as the provider: with answers it makes up itself, and with the recording provider behind it."""

import json
import socket
import sys
from pathlib import Path

import openai
import pytest
from answers import TEXT, VECTOR
from conftest import make_vegetarian
from proxy import Proxy
from talk import ARITHMETIC, BEGIN, DINNER, TOOLS, dumped
from upstream import Upstream

KEY = "sk-of-the-gateway"
TURNS = {"nothing selected": ARITHMETIC, "something selected": DINNER}


@pytest.fixture(scope="module")
def gateway(shared_provider, tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    made_up = {"model": "openai/small", "api_key": "none", "api_base": "http://127.0.0.1:1/v1"}
    relayed = {"model": "openai/gpt-4o-mini", "api_key": "none", "api_base": shared_provider.base_url}
    models = {
        "made-up": made_up | {"mock_response": TEXT},
        "limited": made_up | {"mock_response": "litellm.RateLimitError"},
        "relayed": relayed,
    }
    settings = {
        "model_list": [{"model_name": name, "litellm_params": of} for name, of in models.items()],
        "router_settings": {"num_retries": 0},
        "litellm_settings": {"telemetry": False},
        "general_settings": {"master_key": KEY},
    }
    (folder / "config.yaml").write_text(json.dumps(settings))  # JSON is YAML.
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [Path(sys.executable).with_name("litellm"), "--config", "config.yaml", "--host", "127.0.0.1"]
    gateway = Upstream([*command, "--port", str(port)], folder, lambda _: f"http://127.0.0.1:{port}")
    yield gateway
    gateway.stop()


@pytest.fixture(scope="module")
def proxy(gateway, tmp_path_factory):
    proxy = Proxy(gateway.base_url, tmp_path_factory.mktemp("store"), UPSTREAM__API_KEY=KEY)
    yield proxy
    assert proxy.stop() == 0


@pytest.fixture(scope="module")
def vegetarian(proxy):
    return make_vegetarian(proxy, "ana", model="made-up")


@pytest.fixture
def client(proxy, provider):
    with openai.OpenAI(base_url=proxy.base_url, api_key="sk-of-the-app", max_retries=0) as client:
        yield client


@pytest.fixture
def direct(gateway, provider):
    with openai.OpenAI(base_url=gateway.base_url, api_key=KEY, max_retries=0) as client:
        yield client


@pytest.fixture(params=TURNS.values(), ids=TURNS)
def messages(request):
    return request.param


def test_a_chat_made_up(client, direct, vegetarian, messages):
    def ask(client):
        asked = dict(model="made-up", user=vegetarian, messages=messages)
        return dumped(client.chat.completions.create(**asked))

    through = ask(client)
    assert through == ask(direct) and through["choices"][0]["message"]["content"] == TEXT


def test_a_chat_made_up_and_streamed(client, direct, vegetarian, messages):
    def ask(client):
        asked = dict(model="made-up", user=vegetarian, messages=messages, stream=True)
        return dumped(client.chat.completions.create(**asked, stream_options={"include_usage": True}))

    through, straight = ask(client), ask(direct)
    # It counts the tokens of the prompt, and so those of the block.
    more = through[-1].pop("usage")["prompt_tokens"] - straight[-1].pop("usage")["prompt_tokens"]
    assert through == straight and (more > 20 if messages is DINNER else more == 0)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
def test_a_chat_relayed(client, direct, provider, vegetarian, messages, stream):
    def ask(client):
        asked = dict(model="relayed", user=vegetarian, messages=messages, stream=stream)
        return dumped(client.chat.completions.create(**asked))

    assert ask(client) == ask(direct)
    assert [BEGIN in one.raw for one in provider.received] == [messages is DINNER, False]


def test_tools(client, direct, provider, vegetarian, messages):
    def ask(client):
        asked = dict(model="relayed", user=vegetarian, messages=messages, tools=TOOLS)
        return dumped(client.chat.completions.create(**asked))

    assert ask(client) == ask(direct)
    assert [one.body["tools"] == TOOLS for one in provider.received] == [True, True]
    assert [BEGIN in one.raw for one in provider.received] == [messages is DINNER, False]


@pytest.mark.parametrize("model, stream", [("made-up", False), ("relayed", False), ("relayed", True)])
def test_a_response(client, direct, provider, vegetarian, messages, model, stream):
    def ask(client):
        asked = dict(model=model, user=vegetarian, input=messages, stream=stream)
        return dumped(client.responses.create(**asked))

    assert ask(client) == ask(direct)
    if model == "relayed":
        assert [BEGIN in one.raw for one in provider.received] == [messages is DINNER, False]


def test_embeddings(client, direct):
    def ask(client):
        return client.embeddings.create(model="relayed", input=["one", "two"], encoding_format="float").data

    assert ask(client) == ask(direct) and ask(client)[0].embedding == VECTOR


def no_such_model(client, user):
    client.chat.completions.create(model="no-such-model", user=user, messages=ARITHMETIC)


def past_a_limit(client, user):
    client.chat.completions.create(model="limited", user=user, messages=ARITHMETIC)


def past_a_limit_streamed(client, user):
    list(client.chat.completions.create(model="limited", user=user, messages=ARITHMETIC, stream=True))


def a_stream_it_cannot_make_up(client, user):
    list(client.responses.create(model="made-up", user=user, input="Hello", stream=True))


@pytest.mark.parametrize("call", [no_such_model, past_a_limit, past_a_limit_streamed, a_stream_it_cannot_make_up])
def test_its_refusals_are_its_own(client, direct, vegetarian, call):
    told = []
    for one in (client, direct):
        with pytest.raises(openai.APIError) as raised:
            call(one, vegetarian)
        told.append((type(raised.value), raised.value.code, raised.value.body))
    assert told[0] == told[1]
