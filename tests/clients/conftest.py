import itertools
import os

import openai
import pytest
from provider import Provider
from proxy import Proxy
from talk import TURNS, VEGETARIAN

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # LiteLLM would ask the network which models there are.

names = (f"user-{number}" for number in itertools.count(1))


@pytest.fixture(scope="session")
def shared_provider():
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def provider(shared_provider):
    """A provider that has received nothing yet."""
    shared_provider.reset()
    return shared_provider


@pytest.fixture(scope="session")
def proxy(shared_provider, tmp_path_factory):
    proxy = Proxy(shared_provider.base_url, tmp_path_factory.mktemp("store"))
    yield proxy
    assert proxy.stop() == 0


@pytest.fixture
def user():
    """A person nobody has met."""
    return next(names)


@pytest.fixture(scope="session")
def vegetarian(proxy):
    """A person known to be vegetarian."""
    return make_vegetarian(proxy, next(names))


def make_vegetarian(proxy, user, model="small"):
    with openai.OpenAI(base_url=proxy.base_url, api_key="sk-of-the-app") as client:
        client.chat.completions.create(model=model, user=user, messages=VEGETARIAN, max_tokens=4)
    proxy.learned(user, "Is vegetarian")
    return user


@pytest.fixture
def client(proxy, provider):
    """The official client: nothing is changed but the base URL."""
    with openai.OpenAI(base_url=proxy.base_url, api_key="sk-of-the-app") as client:
        yield client


@pytest.fixture
def direct(provider):
    """The official client without the proxy, to compare with."""
    with openai.OpenAI(base_url=provider.base_url, api_key="sk-of-the-app") as client:
        yield client


@pytest.fixture(params=TURNS.values(), ids=TURNS)
def turn(request):
    return request.param


@pytest.fixture
def twice(proxy, provider, turn):
    """Makes a call with and without the proxy: equal answers, and upstream what the turn says. Returns the answer."""

    def twice(call):
        through = call(proxy.base_url)
        requests = len(provider.received)
        straight = call(provider.base_url)
        assert through == straight
        assert len(provider.received) == 2 * requests > 0
        for one, other in zip(provider.received, provider.received[requests:]):
            turn.check(one, other)
        return through

    return twice
