import itertools

import openai
import pytest
from provider import Provider
from proxy import Proxy

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
