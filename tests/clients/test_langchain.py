"""LangChain's `ChatOpenAI` against the real binary, by chat completions and by responses."""

import asyncio

import openai
import pytest
from answers import RECIPE, TEXT, VECTOR
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from provider import Reply
from talk import Recipe


@tool
def weather(city: str) -> str:
    """The weather in a city."""
    return f"22 °C in {city}"


@pytest.fixture(params=[False, True], ids=["chat", "responses"])
def model(request, vegetarian):
    def model(base_url, **more):
        return ChatOpenAI(
            model="small",
            base_url=base_url,
            api_key="sk-of-the-app",
            use_responses_api=request.param,
            model_kwargs={"user": vegetarian},
            **more,
        )

    return model


@pytest.fixture(scope="session")
def run():
    """Runs a coroutine; always in the same loop, since LangChain keeps its connections beyond a call."""
    with asyncio.Runner() as runner:
        yield runner.run


def dumped(message):
    """What it says, without the id LangChain draws by chance."""
    return message.model_dump(exclude={"id"})


def test_invoke(twice, turn, model):
    answer = twice(lambda base_url: dumped(model(base_url).invoke([("system", "Be brief."), ("human", turn.prompt)])))
    assert TEXT in str(answer["content"])


def test_invoke_asynchronously(twice, turn, model, run):
    twice(lambda base_url: dumped(run(model(base_url).ainvoke(turn.prompt))))


def test_stream(twice, turn, model):
    def listen(base_url):
        return [dumped(chunk) for chunk in model(base_url, stream_usage=True).stream(turn.prompt)]

    chunks = twice(listen)
    assert len(chunks) > 3 and any(chunk["usage_metadata"] for chunk in chunks)


def test_stream_asynchronously(twice, turn, model, run):
    async def listen(base_url):
        return [dumped(chunk) async for chunk in model(base_url).astream(turn.prompt)]

    twice(lambda base_url: run(listen(base_url)))


def test_a_tool_is_called_and_answers(twice, turn, model):
    def talk(base_url):
        bound = model(base_url).bind_tools([weather])
        messages = [HumanMessage(turn.prompt)]
        messages.append(bound.invoke(messages))
        [call] = messages[-1].tool_calls
        messages.append(ToolMessage(weather.invoke(call["args"]), tool_call_id=call["id"]))
        return call["args"], dumped(bound.invoke(messages))

    arguments, answer = twice(talk)
    assert arguments == {"city": "Lisbon"} and TEXT in str(answer["content"])


def test_structured_output(twice, turn, model):
    recipe = twice(lambda base_url: model(base_url).with_structured_output(Recipe).invoke(turn.prompt))
    assert recipe == Recipe(**RECIPE)


def test_a_limit_raises(proxy, provider, model):
    provider.replies.append(Reply(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}}))
    with pytest.raises(openai.RateLimitError) as raised:
        model(proxy.base_url, max_retries=0).invoke("Hello")
    assert raised.value.code == "rate_limit_exceeded"


def test_embeddings(proxy, provider):
    embeddings = OpenAIEmbeddings(
        model="small", base_url=proxy.base_url, api_key="sk-of-the-app", check_embedding_ctx_length=False
    )
    assert embeddings.embed_documents(["one", "two"]) == [VECTOR, VECTOR]
    assert provider.last.body["input"] == ["one", "two"]
